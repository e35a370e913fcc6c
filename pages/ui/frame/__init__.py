"""What stands around the content of every page.

navigation:   the navigation, and what an address asks for
headline:     a page's first line
epoch_inputs: the epoch, as a number and a slider
copy_link:    the address kept up to date, and its button
fragment:     parts of a page that run alone
kept_choices: choices that hardly suit new data
"""
