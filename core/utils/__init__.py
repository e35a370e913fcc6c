"""What all of core needs.

arguments:   checks what a caller gives
archive:     zip archives, bounded before they are believed
strict_json: JSON, bounded likewise
latest:      the latest results computed of an object
sentence:    capitals, plurals and lists in sentences
"""
