"""A run as one page that plays anywhere: an HTML file that needs no server.

coding      rows of numbers as bytes, without loss
content     what the page holds of a run: a header and arrays
document    the page as HTML
stage       the stage's part of the header
step        the step through's: texts and formulas without their numbers
"""

from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document

__all__ = ["PageContent", "document"]
