"""A run as one page that plays anywhere: an HTML file that needs no server.

app_link      the link that opens the run in an app
coding        rows of numbers as bytes, without loss
content       what the page holds of a run: a header and arrays
controls      the Save page's group for it: the button, and what goes into the page
derivation    the derivation as HTML, and its part of the header
document      the page as HTML
factors       the chain rule's part of the header
plan          how much of a run goes into its page
sample_table  the samples as they were read
stage         the stage's part of the header
step          the step through's: texts and formulas without their numbers
summary       the run, its data and the conventions in words, as HTML
"""

from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document

__all__ = ["PageContent", "document"]
