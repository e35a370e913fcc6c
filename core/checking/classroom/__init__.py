"""What a teacher needs to give a problem to a class and to mark what comes back.

points:     points for a submission, by a rule in one line
gradescope: results for Gradescope
moodle:     Moodle's grading worksheet
worker:     a process that marks files within limits of time and memory
variants:   another problem for each student, made from a code
assertion:  `assert_gradients` for a cell of a notebook
"""
