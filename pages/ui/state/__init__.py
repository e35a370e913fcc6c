"""What a browser session knows, and how it is found again.

session:          the one typed state of a session
drafts:           data that is being prepared
conventions:      display conventions of a course
names:            names of the matrices' rows and columns
permalink:        all that leads to a number, as text for an address
open_from_url:    takes up what an address asks for
session_store:    sessions that survive a reload
ticket:           the random token by which one is found
page_list:        the app's pages: files, names, icons, order
generated_sample: samples of chosen size, noise and seed
message:          what a component in the browser says, brought into range
stage_request:    what the stage asks
uploads:          lets go of files that nothing refers to
collector:        when Python's garbage is collected
fair_share:       long computations let short ones pass
"""
