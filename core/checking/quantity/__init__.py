"""Judge of what is handed in besides gradients: new weights, a step of the optimiser, the cost C.

    from core.checking.quantity.verdict import diagnose_quantities
    diagnose_quantities(problem, submission.others)       # a Diagnosis of each kind that is there

rule:        the first step of each optimiser from its formula, right or with a mistake
catalogue:   the mistakes in a step, in new weights and in C
step_matrix: one matrix of new weights or of a step, and the mistakes that reproduce it
cost:        the cost C and the mistakes that reproduce it
verdict:     the diagnosis of each kind
"""
