"""The Save page.

run_file:    the run as a file
downloads:   scripts, weights, tables
html_report: the report as one HTML file
html_parts:  what the report and a page of the run say alike
"""
