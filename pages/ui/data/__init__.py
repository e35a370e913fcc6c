"""The Data page.

views:           views of a table: columns, target, scatter plot, correlation
dialect_form:    delimiter, encoding, … of an uploaded file
column_meanings: column types, and missing values
feature_choice:  choice of the features
exercise:        an exercise typed into tables
paste:           a table pasted from a spreadsheet
downloads:       the report and the prepared table
"""
