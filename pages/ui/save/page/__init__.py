"""A run as one page that plays anywhere: an HTML file that needs no server.

coding      rows of numbers as bytes, without loss
content     what the page holds of a run: a header and arrays
document    the page as HTML
film        weights, losses and more at the page's epochs
plan        which epochs and samples go into a page
stage       the stage's part of the header
"""

from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document
from pages.ui.save.page.plan import LIMIT, PageError, PagePlan, page_plan

__all__ = ["LIMIT", "PageContent", "PageError", "PagePlan", "document", "page_plan"]
