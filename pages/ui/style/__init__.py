"""Figures, formulas and labels for several pages.

figures:       Plotly figures of matrices and losses
colours:       the colour of a number, and letters on it
table_figures: Plotly figures of a table
svg:           figures of the report
latex:         numbers and escaped text in LaTeX
mathml:        LaTeX to MathML
markdown:      user-supplied text escaped for Markdown
labels:        labels of activations, losses, optimisers; short names in figures
change_marks:  changes of the settings, by epoch
comparability: which losses mean the same
frozen_weights: frozen weights, by epoch
"""
