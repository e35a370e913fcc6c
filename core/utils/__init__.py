"""Helpers that all of core uses.

arguments:   checks of function arguments
archive:     zip archives from users, within size limits
npy:         arrays of .npy files from users
strict_json: JSON from users, within limits
latest:      cache of the latest results computed for an object
number_text: numbers as text, one function for each form
small_digits: superscripts and subscripts
unique_names: repeated names, numbered
thinning:    downsampling for display
sentence:    capitals, plurals and lists for sentences
templates:   rendering of files from templates
"""
