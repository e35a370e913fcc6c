"""The Data page.

views:           looks at a table before it is used
dialect_form:    how an uploaded file is read
column_meanings: what words mean, and what becomes of gaps
feature_choice:  which columns are features
exercise:        an exercise typed into tables
paste:           a table pasted from a spreadsheet
downloads:       the report and the prepared table
"""
