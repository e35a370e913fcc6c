"""The sidebar's lower half: how the run trains. A change holds from the epoch on display on.

The typed state is the truth: each widget is set from it before it is drawn, so that a value which
was refused snaps back, and a run that is brought back brings its settings.
"""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.checking.typed_number import Range
from core.losses import LOSSES, losses_for
from core.training.kernel import epoch_time
from core.training.run import MAX_EPOCHS, Settings
from pages.ui.fields.number_field import number_field
from pages.ui.state.session import Session
from pages.ui.style.labels import LOSS_NAMES, OPTIMIZER_NAMES
from pages.ui.style.markdown import count, plain

JUST_BELOW_1 = 0.999999
FIRST_BATCH, FIRST_PATIENCE = 32, 50  # when mini-batches and early stopping are turned on
# RMSprop and Adam divide the gradient by its own size, so η itself is the size of a step.
OWN_STEP, TOO_LARGE, USUAL = ("rmsprop", "adam"), 0.2, 0.05

OPTIMIZER_HELP = """How the gradient g = ∂C/∂W becomes a step (PyTorch's definitions):

- **Gradient descent**: W ← W − η g.
- **Momentum**: v ← μ v + g, W ← W − η v. Steps in one direction add up.
- **Nesterov**: the same v, W ← W − η (g + μ v). It looks ahead along v.
- **RMSprop**: s ← α s + (1 − α) g², W ← W − η g / (√s + ε). Each weight has its own step size.
- **Adam**: averages both g (β₁) and g² (β₂), corrected for starting at 0: W ← W − η m̂ / (√ŝ + ε).
"""
LOSS_HELP = """What is minimised. It swaps one factor of the chain rule, ∂C/∂ŷ:

- **Half mean square**: C = 1/(2N) Σ (y − ŷ)², so −(y − ŷ)/N.
- **Mean square**: C = 1/N Σ (y − ŷ)², twice that.
- **Half sum of squares**: C = ½ Σ (y − ŷ)², N times that.
- **Cross-entropy**: C = −1/N Σ [y ln ŷ + (1 − y) ln(1 − ŷ)], so (ŷ − y)/(N ŷ(1 − ŷ)).

The curve keeps the loss of its time up to the epoch on display.
"""
SHARE = "In [0, 1): the nearer to 1, the longer the past counts."
PARAMETERS: dict[str, tuple[str, str]] = {
    "momentum": ("Momentum μ", "The share of the last step's v that is kept: v ← μ v + g."),
    "alpha": ("Decay α", f"Of the running mean of g²: s ← α s + (1 − α) g². {SHARE}"),
    "beta1": ("Decay β₁", f"Of the running mean of g: m ← β₁ m + (1 − β₁) g. {SHARE}"),
    "beta2": ("Decay β₂", f"Of the running mean of g²: s ← β₂ s + (1 − β₂) g². {SHARE}"),
    "epsilon": ("ε", "Added to √s, so that nothing is divided by 0."),
}
OWN_PARAMETERS = {
    "gd": (),
    "momentum": ("momentum",),
    "nesterov": ("momentum",),
    "rmsprop": ("alpha", "epsilon"),
    "adam": ("beta1", "beta2", "epsilon"),
}


def training_settings(state: Session) -> None:
    """The learning rate and the run's length, and the rest on demand."""
    _number(
        state,
        "learning_rate",
        "Learning rate η",
        Range(1e-6, 1e6),
        help="How far a step goes: W ← W − η ∂C/∂W in plain gradient descent. A change takes hold "
        "from the epoch on display.",
    )
    _number(
        state,
        "epochs",
        "Run length in epochs",
        Range(max(1, state.epoch), MAX_EPOCHS, whole=True),
        help="Training stops when this epoch is reached; raise it to go on.",
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
            "to their gradient: weights that are not needed shrink. C is drawn without it.",
        )
        _early_stopping(state)
    if told := told_of(state.settings):
        st.caption(" · ".join(told))
    if state.settings_error:
        st.error(plain(state.settings_error), icon=":material/block:")


def told_of(settings: Settings) -> list[str]:
    """What under "More settings" is not as derived, for when it is closed."""
    told = []
    if settings.optimizer != "gd":
        told.append(OPTIMIZER_NAMES[settings.optimizer])
    if settings.batch_size is not None:
        told.append(f"batches of {settings.batch_size:,}")
    if settings.loss != "half_mse":
        told.append(LOSS_NAMES[settings.loss])
    if settings.l2:
        told.append(f"λ = {settings.l2:g}")
    if settings.patience is not None:
        told.append(f"stops early, patience {settings.patience:,}")
    return told


def apply(state: Session, **fields: Any) -> None:  # noqa: ANN401
    """Change these settings, or have the page say why not."""
    try:
        state.change(replace(state.settings, **fields))
    except ValueError as error:
        state.settings_error = str(error)


def _optimizer(state: Session) -> None:
    settings = state.settings
    _choice(
        state, "optimizer", "Optimiser", tuple(OPTIMIZER_NAMES), OPTIMIZER_NAMES, OPTIMIZER_HELP
    )
    if settings.optimizer in OWN_STEP and settings.learning_rate > TOO_LARGE:
        st.caption(
            f"A step of {OPTIMIZER_NAMES[settings.optimizer]} is about η long however small the "
            f"gradient is, so η = {settings.learning_rate:g} jumps far past every minimum."
        )
        st.button(
            f"Set η to {USUAL:g}", on_click=apply, args=(state,), kwargs={"learning_rate": USUAL}
        )
    for field in OWN_PARAMETERS[settings.optimizer]:
        label, meaning = PARAMETERS[field]
        within = Range(1e-300, 1.0) if field == "epsilon" else Range(0.0, JUST_BELOW_1)
        _number(state, field, label, within, help=meaning)


def _batches(state: Session) -> None:
    """Full batch, or a number of samples from 1 to N."""
    settings, N = state.settings, len(state.run.X)
    _switch(
        state,
        "batch_size",
        "Mini-batches",
        min(FIRST_BATCH, max(1, N // 2)),
        help="Off: each epoch is one step along the gradient over all N samples. On: the samples "
        "are shuffled each epoch and cut into batches, with a step for each; 1/N in a step's "
        "gradient is then 1/B. C is still drawn over all N.",
        disabled=N == 1,
    )
    if settings.batch_size is None:
        return
    _number(
        state,
        "batch_size",
        "Batch size B",
        Range(1, N, whole=True),
        help=f"The samples a step takes: from 1 to N = {N:,}. The last batch may be smaller.",
    )
    updates = -(-N // settings.batch_size)
    seconds = updates * epoch_time(state.run.template, settings.batch_size) / 1e9
    slow = f", which takes about {seconds:.0f} s" if seconds > 1 else ""
    st.caption(f"An epoch is {count(updates, 'step')}{slow}.")


def _loss(state: Session) -> None:
    """The losses that suit the output and the targets, and why one is not among them."""
    output, y = state.run.template.output, state.run.y
    reason = ""
    if output != "sigmoid":
        reason = "it takes ŷ for a probability, so it needs a sigmoid output."
    elif y.min() < 0 or y.max() > 1:
        reason = f"it needs targets from 0 to 1; these go from {y.min():g} to {y.max():g}."
    offered = tuple(loss for loss in losses_for(output) if not (reason and LOSSES[loss].fused))
    _choice(
        state,
        "loss",
        "Loss C",
        offered,
        LOSS_NAMES,
        LOSS_HELP,
    )
    if reason:
        st.caption(f"Cross-entropy is not offered here: {reason}")


def _early_stopping(state: Session) -> None:
    """Patience, where there is a validation set to watch."""
    watched = state.run.val_losses is not None
    _switch(
        state,
        "patience",
        "Early stopping",
        FIRST_PATIENCE,
        help="Ends the run when the validation loss has not been lower for P epochs: from then on "
        "the network only learns the training samples by heart. You can go to the best epoch.",
        disabled=not watched,
    )
    if not watched:
        st.caption(
            "There are no validation samples to watch: fewer than 20 rows are not split, nor is an "
            "exercise that was typed in, nor data whose validation share is 0 (see *Data*)."
        )
    elif state.settings.patience is not None:
        _number(
            state,
            "patience",
            "Patience P in epochs",
            Range(1, MAX_EPOCHS, whole=True),
            help="So many epochs without a lower validation loss end the run, counted anew from "
            "every change of settings.",
        )


def _number(
    state: Session,
    field: str,
    label: str,
    within: Range,
    *,
    help: str,
) -> None:
    """A number of the settings."""
    number_field(
        label,
        getattr(state.settings, field),
        lambda number: apply(state, **{field: number}),
        within,
        key=f"training-{field}",
        help=help,
    )


def _choice(
    state: Session,
    field: str,
    label: str,
    offered: tuple[str, ...],
    names: dict[str, str],
    say: str,
) -> None:
    """A name among the settings."""
    key = f"training-{field}"
    st.session_state[key] = getattr(state.settings, field)
    st.selectbox(
        label,
        offered,
        format_func=names.__getitem__,
        key=key,
        on_change=_take,
        args=(state, field),
        help=say,
    )


def _switch(state: Session, field: str, label: str, first: int, **look: Any) -> None:  # noqa: ANN401
    """Whether a setting has a value at all; turned on, it begins with `first`."""
    key = f"training-{field}-on"
    st.session_state[key] = getattr(state.settings, field) is not None
    st.toggle(label, key=key, on_change=_turn, args=(state, field, first), **look)


def _take(state: Session, field: str) -> None:
    apply(state, **{field: st.session_state[f"training-{field}"]})


def _turn(state: Session, field: str, first: int) -> None:
    apply(state, **{field: first if st.session_state[f"training-{field}-on"] else None})
