"""The Train page.

stage:          answers to the requests of the browser's stage
frame_views:    arrays that a frame of the stage carries
feature_plane:  plane of two features under the decision surface
point_curves:   accuracy or R² and the gradients' norms over the epochs
previous_run:   the previous run's loss curve
network_form:   sizes, activations, initial weights
run_name:       name by which the run in use is kept
depth_lesson:   lesson on the vanishing gradient
settings_form:  learning rate, optimiser, batches, loss
messages:       messages below the readout, and the actions that they offer
weights_upload: initial weights from a file
weight_panel:   one weight and its gradient over the epochs
weight_story:   that weight's course in sentences
weights_editor: editing and freezing weights
advice:         advice when training diverges or stalls
"""
