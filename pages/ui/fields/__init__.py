"""Input fields for numbers.

number_field: one number
number_table: a table of numbers
"""
