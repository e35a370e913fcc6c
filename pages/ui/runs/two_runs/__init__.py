"""Two runs as two films locked to one epoch.

panel:  the panel, and ways to open either run
film:   their weights and the difference of these, as frames
server: what the browser asks of them, and the answers
"""
