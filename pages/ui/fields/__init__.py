"""Input fields, their binding to the session, and buttons for files.

binding:         a widget's value and callback
download_button: buttons that download a file
in_pairs:        places for matrices, two beside each other
number_field:    one number
number_table:    a table of numbers
"""
