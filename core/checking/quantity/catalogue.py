"""Catalogue of mistakes in a step, in new weights and in the cost C, with what to do instead.

`core.checking.mistakes` makes a `Mistake` of each entry: identifier, description, correction, and
where it is. The modules `rule`, `step_matrix` and `cost` make the mistakes themselves. Identifiers
that mistakes in a gradient have, too, have other words for C: explanations of C carry them.
"""

COST_EQUATION = "eq. 1"

# What was done, and what to do instead, by identifier.
OF_UPDATES = {
    "ascent": ("η ∂C/∂W is added, so that C rises", "Subtract it: the step ΔW is −η ∂C/∂W."),
    "rate_missing": ("η is missing", "Multiply by η, the learning rate."),
    "rate_twice": ("η is applied twice", "Multiply by η once."),
    "gradient_for_step": (
        "it is the gradient, not the step",
        "Multiply it by −η: that is the step ΔW, and W + ΔW are the new weights.",
    ),
    "new_weights_for_step": (
        "these are the new weights, not the step",
        "Subtract the old weights: ΔW is W after the step minus W.",
    ),
    "step_for_new_weights": ("it is the step, not the new weights", "Add it to the old weights."),
    "weights_unchanged": ("these are the weights before the step", "Add the step to them."),
    "bias_unchanged": ("the biases are not updated", "Update them as the other weights are."),
}
OF_RULES = {
    "optimizer_missing": ("it is a step of plain descent", "Use the optimiser that is asked for."),
    "momentum_average": (
        "the gradient is multiplied by 1 − μ",
        "Add the whole gradient to the velocity: v ← μ v + ∂C/∂W.",
    ),
    "lookahead_missing": (
        "it is a step of plain momentum, without Nesterov’s second term",
        "Step by ∂C/∂W + μ v, with the new v.",
    ),
    "adam_bias_correction": (
        "the bias correction of m and s is missing",
        "Divide m by 1 − β₁ᵗ and s by 1 − β₂ᵗ.",
    ),
    "adam_m_correction": ("the bias correction of m is missing", "Divide m by 1 − β₁ᵗ, too."),
    "adam_s_correction": ("the bias correction of s is missing", "Divide s by 1 − β₂ᵗ, too."),
    "adam_t": (
        "t is 2 in the first step",
        "Count the updates from 1: the bias correction of the first one has t = 1.",
    ),
    "epsilon_inside_root": ("ε is inside the root", "Add ε to the root, not to what is under it."),
    "epsilon_missing": ("ε is missing", "Add ε to the root."),
    "epsilon_uncorrected": (
        "ε is added to √s before the bias correction",
        "Correct s first, then add ε to √ŝ.",
    ),
    "root_missing": (
        "the root is missing: the step is divided by s",
        "Divide by the root of s, and ε added to it.",
    ),
    "betas_exchanged": ("β₁ and β₂ are exchanged", "Use β₁ for m and β₂ for s."),
    "decay_exchanged": (
        "what belongs to the old average and to the gradient is exchanged",
        "Multiply the old average by the decay rate, and what is new by 1 minus it.",
    ),
}
OF_COSTS = {
    "factor_two": ("it is twice the cost", "Halve it, as the formula of C says."),
    "half_cost": ("it is half the cost", "Leave the ½ out."),
    "missing_mean": ("1/N is forgotten", "Divide the sum over the samples by N."),
    "mean_twice": ("it is divided by N twice", "Divide by N once."),
    "mean_over_outputs": (
        "it is the mean over the outputs, too",
        "Sum over the outputs, and divide by the number of samples alone.",
    ),
    "one_sample_less": ("it is divided by N − 1", "Divide by N."),
    "sign": ("its sign is wrong", "Flip it: C is 0 or more."),
    "other_loss": ("it is another cost, the {}", "Compute the {}."),
    "square_missing": (
        "the square is missing",
        "Square y − ŷ of each sample before you add them up.",
    ),
    "square_of_sum": (
        "the sum is squared, not each error",
        "Square y − ŷ of each sample before you add them up.",
    ),
    "root_of_cost": ("it is the root of the cost", "Take no root."),
    "linear_output_error": (
        "y − O is used instead of y − ŷ",
        "Use the output after its activation, ŷ = σ(O).",
    ),
    "broadcast": (
        "y − ŷ is N×N: (N,) and (N, 1) were subtracted, and NumPy took each y with each ŷ",
        "Give y the shape of ŷ, (N, 1), with y.reshape(-1, 1).",
    ),
    "other_logarithm": ("the logarithm has another base than e", "Use the natural logarithm."),
    "half_of_entropy": (
        "only one of the two terms of cross-entropy is there",
        "Add y ln ŷ and (1 − y) ln(1 − ŷ).",
    ),
    "first_sample_only": ("only the first sample is used", "Sum over all the samples."),
    "last_sample_only": ("only the last sample is used", "Sum over all the samples."),
    "penalty_in_cost": ("the penalty (λ/2) ‖W‖² is in it", "Give C without it."),
    "cost_after_step": ("it is the cost after the step", "Take the weights before the step."),
}
_TABLES = {"the update": OF_UPDATES, "the update rule": OF_RULES, COST_EQUATION: OF_COSTS}
ENTRIES = tuple(
    (name, *texts, where) for where, table in _TABLES.items() for name, texts in table.items()
)
