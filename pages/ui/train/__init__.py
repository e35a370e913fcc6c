"""The Train page.

stage:          answers what the stage in the browser asks
frame_views:    what a frame of the stage carries
feature_plane:  the plane under the decision surface: its axes and points
score_curve:    accuracy or R² over the epochs
previous_run:   the previous run's loss curve
network_form:   sizes, activations, initial weights
settings_form:  learning rate, optimiser, batches, loss
weights_editor: weights typed over and frozen
advice:         what to do when training gets nowhere
"""
