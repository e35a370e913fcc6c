"""The state of a browser session, and how a reload or a link restores it.

session:          the typed state of a session
run_list:         the runs of a session
architecture:     the choices for the network
drafts:           data being prepared on the Data page
draft_fields:     a draft as JSON values, and back
conventions:      display conventions of a course
names:            names of the matrices' rows and columns
permalink:        data, settings and place of a run as URL parameters
open_from_url:    opens the session or the link that the URL names
session_file:     the session's runs as a file that a user has
store:            sessions that survive a reload, and the process that has them
ticket:           the random token that names a session
page_list:        the app's pages: files, names, icons, order
generated_sample: samples of chosen size, noise and seed
message:          messages of browser components, validated
stage_request:    requests of the stage
uploads:          removal of unreferenced uploads
collector:        scheduling of Python's garbage collector
fair_share:       lower priority for long computations
"""
