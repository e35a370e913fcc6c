"""Input fields: their binding to the session, and fields for numbers.

binding:      a widget's value and callback
number_field: one number
number_table: a table of numbers
"""
