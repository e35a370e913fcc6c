"""One training step of the Chain rule page, stop by stop, from X to the new C.

panel: the button and the section
scene: what the browser needs to show every stop at once, as bytes
request: what the browser asks for, and carrying it out
question: a stop's number that is asked, and the verdict on what is typed
forms: each stop's title, sentence and equation, and the update's calculation
sentences: titles and sentences of the stops
stop_formulas: their symbols and formulas
legend: what the indices and signs at a stop mean
update_forms: the optimiser's rule and the chosen weight's calculation
script: the exported script and its lines at each stop
"""
