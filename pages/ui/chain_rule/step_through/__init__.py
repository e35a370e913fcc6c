"""One training step of the Chain rule page, stop by stop, from X to the new C.

panel: the button and the section
scene: what the browser needs to show every stop at once, as bytes
question: a stop's number that is asked, and the verdict on what is typed
forms: each stop's title, sentence and equation, and the update's calculation
"""
