"""Input fields for numbers, and buttons for files.

download_button: buttons that download a file
number_field: one number
number_table: a table of numbers
"""
