"""Catalogue of mistakes in a step and in new weights, with what to do instead.

`core.checking.mistakes` makes a `Mistake` of each entry: identifier, description, correction, and
where it is. `core.checking.quantity.rule` and `.given` make the mistakes themselves.
"""

_UPDATE, _ADAM = "the update", "the update rule"

ENTRIES = (
    (
        "ascent",
        "η ∂C/∂W is added, so that C rises",
        "Subtract it: the step ΔW is −η ∂C/∂W.",
        _UPDATE,
    ),
    ("rate_missing", "η is missing", "Multiply by η, the learning rate.", _UPDATE),
    ("rate_twice", "η is applied twice", "Multiply by η once.", _UPDATE),
    (
        "gradient_for_step",
        "it is the gradient, not the step",
        "Multiply it by −η: that is the step ΔW, and W + ΔW are the new weights.",
        _UPDATE,
    ),
    (
        "new_weights_for_step",
        "these are the new weights, not the step",
        "Subtract the old weights: ΔW is W after the step minus W.",
        _UPDATE,
    ),
    (
        "step_for_new_weights",
        "it is the step, not the new weights",
        "Add it to the old weights.",
        _UPDATE,
    ),
    (
        "weights_unchanged",
        "these are the weights before the step",
        "Add the step to them.",
        _UPDATE,
    ),
    (
        "bias_unchanged",
        "the biases are not updated",
        "Update them as the other weights are.",
        _UPDATE,
    ),
    (
        "optimizer_missing",
        "it is a step of plain descent",
        "Use the optimiser that is asked for.",
        _ADAM,
    ),
    (
        "momentum_average",
        "the gradient is multiplied by 1 − μ",
        "Add the whole gradient to the velocity: v ← μ v + ∂C/∂W.",
        _ADAM,
    ),
    (
        "lookahead_missing",
        "it is a step of plain momentum, without Nesterov’s second term",
        "Step by ∂C/∂W + μ v, with the new v.",
        _ADAM,
    ),
    (
        "adam_bias_correction",
        "the bias correction of m and s is missing",
        "Divide m by 1 − β₁ᵗ and s by 1 − β₂ᵗ.",
        _ADAM,
    ),
    (
        "adam_m_correction",
        "the bias correction of m is missing",
        "Divide m by 1 − β₁ᵗ, too.",
        _ADAM,
    ),
    (
        "adam_s_correction",
        "the bias correction of s is missing",
        "Divide s by 1 − β₂ᵗ, too.",
        _ADAM,
    ),
    (
        "adam_t",
        "t is 2 in the first step",
        "Count the updates from 1: the bias correction of the first one has t = 1.",
        _ADAM,
    ),
    (
        "epsilon_inside_root",
        "ε is inside the root",
        "Add ε to the root, not to what is under it.",
        _ADAM,
    ),
    ("epsilon_missing", "ε is missing", "Add ε to the root.", _ADAM),
    (
        "epsilon_uncorrected",
        "ε is added to √s before the bias correction",
        "Correct s first, then add ε to √ŝ.",
        _ADAM,
    ),
    (
        "root_missing",
        "the root is missing: the step is divided by s",
        "Divide by the root of s, and ε added to it.",
        _ADAM,
    ),
    ("betas_exchanged", "β₁ and β₂ are exchanged", "Use β₁ for m and β₂ for s.", _ADAM),
    (
        "decay_exchanged",
        "what belongs to the old average and to the gradient is exchanged",
        "Multiply the old average by the decay rate, and what is new by 1 minus it.",
        _ADAM,
    ),
)
