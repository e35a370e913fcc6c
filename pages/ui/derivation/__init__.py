"""The Derivation page.

equations_live: each equation beside its two sides on the data in use
"""
