"""The Save page.

run_file:    the run as a file
downloads:   scripts, weights, tables
html_report: the report as one HTML file
page:        the run as one HTML file that plays
html_parts:  what the report and a page of the run say alike
"""
