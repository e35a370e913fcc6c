"""One script a page, in the order a person meets them."""
