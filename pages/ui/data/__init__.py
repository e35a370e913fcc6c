"""The Data page.

head:            the data in use, and what is prepared below, to be used from there
notices:         what was changed, dropped or guessed, in one line a kind
views:           views of a table: columns, target, scatter plot, correlation
dialect_form:    delimiter, encoding, … of an uploaded file
column_meanings: column types, and missing values
feature_choice:  choice of the features
exercise:        an exercise typed into tables
paste:           a table pasted from a spreadsheet
downloads:       the report and the prepared table
"""
