"""The content around every page.

navigation:         the navigation, and opening the address
headline:           a page's first line
epoch_inputs:       the epoch as a number and a slider
copy_link:          the address kept up to date, and its button
fragment:           parts of a page that rerun alone
unsuitable_choices: network choices that hardly suit new data
"""
