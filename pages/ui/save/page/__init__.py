"""A run as one page that plays anywhere: an HTML file that needs no server.

coding      rows of numbers as bytes, without loss
content     what the page holds of a run: a header and arrays
document    the page as HTML
factors     the chain rule's part of the header
sample_table  the samples as they were read
stage       the stage's part of the header
"""

from pages.ui.save.page.content import PageContent
from pages.ui.save.page.document import document

__all__ = ["PageContent", "document"]
