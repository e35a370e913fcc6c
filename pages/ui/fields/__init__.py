"""Input fields, their binding to the session, and buttons for files.

binding:         a widget's value and callback
download_button: buttons that download a file
number_field:    one number
number_table:    a table of numbers
"""
