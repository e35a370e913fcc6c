"""How things look and read: figures, formulas, words.

figures:       Plotly figures of matrices and losses
table_figures: Plotly figures of a table
svg:           pictures for the report
latex:         LaTeX that compiles
mathml:        LaTeX to MathML
markdown:      user-supplied text escaped for Markdown
labels:        what is offered, in words
change_marks:  what was changed at which epoch, in words
thinning:      block means, and some samples of many
"""
