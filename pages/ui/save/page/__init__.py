"""A run as one page that plays anywhere: an HTML file that needs no server.

app_link      the link that opens the run in an app
coding        rows of numbers as bytes, without loss
content       what the page holds of a run: a header and arrays
controls      the Save page's group for it: the button, and what goes into the page
derivation    the derivation as HTML, and its part of the header
document      the page as HTML
factors       the chain rule's part of the header
film          weights, losses and more at the page's epochs
plan          which epochs and samples go into a page
sample_table  the samples as they were read
stage         the stage's part of the header
step          the step through's: texts and formulas without their numbers
summary       the run, its data and the conventions in words, as HTML
"""

from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document
from pages.ui.save.page.plan import LIMIT, PageError, PagePlan, page_plan

__all__ = ["LIMIT", "PageContent", "PageError", "PagePlan", "document", "page_plan"]
