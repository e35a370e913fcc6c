"""Training settings in the sidebar. A change applies from the epoch on display.

Each widget is set from the session before it is drawn, so a refused value is reset, and a run that
is brought back restores its settings.
"""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.checking.typed_number import Range
from core.losses import LOSSES, PROBABILITIES, check_targets, losses_for
from core.training.kernel import epoch_time
from core.training.run import MAX_EPOCHS, Settings
from core.training.settings import RULE_SETTINGS
from core.utils.number_text import exact_text, short_text
from core.utils.sentence import plural
from pages.ui.fields.binding import bind
from pages.ui.fields.number_field import number_field
from pages.ui.state.session import Session
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES, batches_text
from pages.ui.style.markdown import plain

JUST_BELOW_1 = 0.999999
DEFAULT_BATCH, DEFAULT_PATIENCE = 32, 50  # when they are switched on
# RMSprop and Adam divide the gradient by its size, so η itself is the step size.
NORMALIZING, LARGE_RATE, SUGGESTED_RATE = ("rmsprop", "adam"), 0.2, 0.05

OPTIMIZER_HELP = """How the gradient g = ∂C/∂W becomes a step (PyTorch's definitions):

- **Gradient descent**: W ← W − η g.
- **Momentum**: v ← μ v + g, W ← W − η v. Steps in one direction add up.
- **Nesterov**: the same v, W ← W − η (g + μ v). It looks ahead along v.
- **RMSprop**: s ← α s + (1 − α) g², W ← W − η g / (√s + ε). Each weight has its own step size.
- **Adam**: averages both g (β₁) and g² (β₂), corrected for starting at 0: W ← W − η m̂ / (√ŝ + ε).
"""
LOSS_HELP = """What is minimised. It changes one factor of the chain rule, ∂C/∂ŷ:

- **Half MSE**: C = 1/(2N) Σ (y − ŷ)², so −(y − ŷ)/N.
- **MSE**: C = 1/N Σ (y − ŷ)², twice that.
- **Half SSE**: C = ½ Σ (y − ŷ)², N times that.
- **Cross-entropy**: C = −1/N Σ [y ln ŷ + (1 − y) ln(1 − ŷ)], so (ŷ − y)/(N ŷ(1 − ŷ)).

Up to the epoch on display, the curve keeps the loss that was minimised there.
"""
DECAY_RANGE = "In [0, 1): the closer to 1, the longer the memory."
PARAMETERS: dict[str, tuple[str, str]] = {
    "momentum": ("Momentum μ", "The share of the last step's v that is kept: v ← μ v + g."),
    "alpha": ("Decay α", f"Of the running mean of g²: s ← α s + (1 − α) g². {DECAY_RANGE}"),
    "beta1": ("Decay β₁", f"Of the running mean of g: m ← β₁ m + (1 − β₁) g. {DECAY_RANGE}"),
    "beta2": ("Decay β₂", f"Of the running mean of g²: s ← β₂ s + (1 − β₂) g². {DECAY_RANGE}"),
    "epsilon": ("ε", "Added to √s, so that nothing is divided by 0."),
}


def training_settings(state: Session) -> None:
    """Draw learning rate and run length, and the other settings in an expander."""
    _number(
        state,
        "learning_rate",
        "Learning rate η",
        Range(1e-6, 1e6),
        help="Step size: W ← W − η ∂C/∂W in plain gradient descent. A change applies from the "
        "epoch on display.",
    )
    _number(
        state,
        "epochs",
        "Run length in epochs",
        Range(max(1, state.epoch), MAX_EPOCHS, whole=True),
        help="Training stops at this epoch; increase it to continue.",
    )
    with st.expander("More settings", key="more-settings"):
        _optimizer(state)
        _batches(state)
        _loss(state)
        _number(
            state,
            "l2",
            "L2 penalty λ",
            Range(0.0, 1000.0),
            help="Adds (λ/2) Σ W² over all weights but the bias rows to what is minimised, so λ W "
            "to their gradient: weights that are not needed shrink. The curve of C excludes it.",
        )
        _early_stopping(state)
    if changes := changed_settings(state.settings):
        st.caption(" · ".join(changes))
    if state.settings_error:
        st.error(plain(state.settings_error), icon=":material/block:")


def changed_settings(settings: Settings) -> list[str]:
    """Return labels of the settings that differ from the derivation, shown when it is closed."""
    as_derived = Settings()
    labels = {
        "optimizer": OPTIMIZER_NAMES[settings.optimizer],
        "batch_size": batches_text(settings),
        "loss": LOSS_NAMES[settings.loss],
        "l2": f"λ = {exact_text(settings.l2)}",
        "patience": f"early stopping, patience {settings.patience or 0:,}",
    }
    return [
        label
        for field, label in labels.items()
        if getattr(settings, field) != getattr(as_derived, field)
    ]


def apply(state: Session, **fields: Any) -> None:  # noqa: ANN401
    """Change these settings, or store the reason why not for the page."""
    try:
        state.change(replace(state.settings, **fields))
    except ValueError as error:
        state.settings_error = str(error)


def _optimizer(state: Session) -> None:
    settings = state.settings
    _choice(state, "optimizer", "Optimiser", OPTIMIZER_NAMES, OPTIMIZER_HELP)
    if settings.optimizer in NORMALIZING and settings.learning_rate > LARGE_RATE:
        st.caption(
            f"A step of {OPTIMIZER_NAMES[settings.optimizer]} is about η long however small the "
            f"gradient is, so η = {exact_text(settings.learning_rate)} overshoots every minimum."
        )
        st.button(
            f"Set η to {exact_text(SUGGESTED_RATE)}",
            on_click=apply,
            args=(state,),
            kwargs={"learning_rate": SUGGESTED_RATE},
        )
    for field in RULE_SETTINGS[settings.optimizer]:
        label, meaning = PARAMETERS[field]
        within = Range(1e-300, 1.0) if field == "epsilon" else Range(0.0, JUST_BELOW_1)
        _number(state, field, label, within, help=meaning)


def _batches(state: Session) -> None:
    """Draw the switch for mini-batches, their size, 1 to N, and whether they are shuffled."""
    settings, N = state.settings, len(state.run.X)
    _optional_setting(
        state,
        "batch_size",
        "Mini-batches",
        min(DEFAULT_BATCH, max(1, N // 2)),
        help="Off: each epoch is one step along the gradient over all N samples. On: the samples "
        "are split into batches, with a step for each; 1/N in a step's gradient is then 1/B. The "
        "curve of C is still over all N.",
        disabled=N == 1,
    )
    if settings.batch_size is None:
        return
    _number(
        state,
        "batch_size",
        "Batch size B",
        Range(1, N, whole=True),
        help=f"Samples per step: from 1 to N = {N:,}. The last batch may be smaller.",
    )
    st.toggle(
        "Shuffle each epoch",
        **bind("training-shuffle", settings.shuffle, lambda on: apply(state, shuffle=on)),
        help="On: the batches are drawn in a new random order each epoch. Off: always in the order "
        "of the data, as a calculation by hand takes them.",
    )
    updates = -(-N // settings.batch_size)
    seconds = updates * epoch_time(state.run.template, settings.batch_size) / 1e9
    slow = f", which takes about {seconds:.0f} s" if seconds > 1 else ""
    st.caption(f"An epoch is {plural(updates, 'step')}{slow}.")


def _loss(state: Session) -> None:
    """Draw the losses that suit output and targets, and why cross-entropy is not offered."""
    output, y = state.run.template.output, state.run.y
    reason = ""
    if output not in PROBABILITIES:
        reason = "it treats ŷ as a probability, so it needs a sigmoid or softmax output."
    elif y.min() < 0 or y.max() > 1:
        low, high = (short_text(end, 6) for end in (y.min(), y.max()))
        reason = f"it needs targets from 0 to 1; these range from {low} to {high}."
    else:
        try:
            check_targets("cross_entropy", y, output)
        except ValueError as error:
            reason = f"{error}."
    offered = (loss for loss in losses_for(output) if not (reason and LOSSES[loss].fused))
    _choice(state, "loss", "Loss C", {loss: LOSS_NAMES[loss] for loss in offered}, LOSS_HELP)
    if reason:
        st.caption(f"Cross-entropy is not offered here: {reason}")


def _early_stopping(state: Session) -> None:
    """Draw the switch for early stopping and its patience, if there is a validation set."""
    watched = state.run.val_losses is not None
    _optional_setting(
        state,
        "patience",
        "Early stopping",
        DEFAULT_PATIENCE,
        help="Ends the run when the validation loss has not improved for P epochs: by then the "
        "network is overfitting the training samples. You can go to the best epoch.",
        disabled=not watched,
    )
    if not watched:
        st.caption(
            "There are no validation samples: fewer than 20 rows are not split, nor are typed-in "
            "exercises, nor data whose validation share is 0 (see *Data*)."
        )
    elif state.settings.patience is not None:
        _number(
            state,
            "patience",
            "Patience P in epochs",
            Range(1, MAX_EPOCHS, whole=True),
            help="After so many epochs without improvement of the validation loss the run ends; "
            "counted from the latest change of settings.",
        )


def _number(state: Session, field: str, label: str, within: Range, *, help: str) -> None:
    """Draw a number field for a setting."""
    number_field(
        label,
        getattr(state.settings, field),
        lambda number: apply(state, **{field: number}),
        within,
        key=f"training-{field}",
        help=help,
    )


def _choice(state: Session, field: str, label: str, names: dict[str, str], help: str) -> None:
    """Draw a select box for a setting; `names` has its options."""
    value, options = getattr(state.settings, field), tuple(names)
    st.selectbox(
        label,
        **bind(f"training-{field}", value, lambda new: apply(state, **{field: new}), options),
        format_func=names.__getitem__,
        help=help,
    )


def _optional_setting(state: Session, field: str, label: str, first: int, **look: Any) -> None:  # noqa: ANN401
    """Draw a toggle for a setting that may be None; switched on, it starts with `first`."""
    is_on = getattr(state.settings, field) is not None

    def write(on: bool) -> None:
        apply(state, **{field: first if on else None})

    st.toggle(label, **bind(f"training-{field}-on", is_on, write), **look)
