"""What makes a comparison of runs unfair, in sentences; and which losses mean the same.

Names of runs and data are the user's: whoever shows a sentence escapes it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from core.utils.number_text import exact_text
from core.utils.sentence import join_names, listing, plural
from core.utils.unique_names import unique_names
from pages.ui.runs.compare.differences import DATA, SPLIT_SEED, RunEntry, Value
from pages.ui.style import comparability
from pages.ui.style.change_marks import loss_changes
from pages.ui.style.comparability import rows_digest
from pages.ui.style.labels import LOSS_NAMES

MOST_NAMES = 4  # in a sentence
MOST_GROUPS = 4  # named one by one in a sentence

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)


def measure(entry: RunEntry, epoch: int | None = None) -> comparability.Measure:
    """Return what a run's C measures at an epoch, by default the latest."""
    at = entry.run.epoch if epoch is None else epoch
    return comparability.measure(entry.run, entry.experiment.source.dataset, at)


def groups(items: Iterable[T], key: Callable[[T], Key]) -> dict[Key, list[T]]:
    """Return the items by their key, in the order of the first of each."""
    found: dict[Key, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def unfair_sentences(entries: Sequence[RunEntry]) -> list[str]:
    """Return a sentence for each thing that makes the runs' losses or scores not comparable."""
    by_data = groups(entries, lambda entry: entry.choices[DATA])
    sentences = [_data_sentence(by_data)]
    for same in by_data.values():
        by_target = groups(same, lambda entry: entry.choices["target"])
        sentences.append(_target_sentence(by_target))
        for comparable in by_target.values():
            sentences += [_split_sentence(comparable), _scale_sentence(comparable)]
    checks = (_loss_sentence, _budget_sentence, _update_sentence)
    ends = (_divergence_sentence, _patience_sentence)
    sentences += [check(entries) for check in (*checks, *ends)]
    return [sentence for sentence in sentences if sentence]


def change_sentences(entries: Iterable[RunEntry]) -> list[str]:
    """Return a sentence for each run whose loss function changes on the way."""
    return [
        f"The curve of “{entry.name}” ends before epoch {change:,}, from which on it minimises "
        f"{LOSS_NAMES[entry.run.settings_at(change).loss]}."
        for entry in entries
        if (change := loss_change(entry)) is not None
    ]


def loss_change(entry: RunEntry) -> int | None:
    """Return the first epoch at which the loss function changes, or None."""
    return next(iter(loss_changes(entry.run)), None)


def _data_sentence(by_data: Mapping[Value, list[RunEntry]]) -> str:
    if len(by_data) == 1:
        return ""
    told = _listing({str(data): same for data, same in by_data.items()})
    return f"Different data: {told}. C and accuracy are of different tasks."


def _target_sentence(by_target: Mapping[Value, list[RunEntry]]) -> str:
    if len(by_target) == 1:
        return ""
    told = _listing({str(target): same for target, same in by_target.items()})
    return f"Different targets: {told}. C and accuracy are of different quantities."


def _split_sentence(entries: Sequence[RunEntry]) -> str:
    """Say that runs on the same data were trained, or validated, on other rows."""
    by_rows = groups(entries, lambda entry: rows_digest(entry.experiment.source.dataset))
    if len(by_rows) == 1:
        return ""
    texts = unique_names(_rows_text(same[0]) for same in by_rows.values())
    told = _listing(dict(zip(texts, by_rows.values(), strict=True)))
    return (
        f"Trained or validated on other rows: {told}. A lower C may come from the rows "
        "rather than from the run."
    )


def _rows_text(entry: RunEntry) -> str:
    run = entry.run
    rows = plural(len(run.X), "training row")
    if run.validation is None:
        return f"{rows}, no validation"
    seed = entry.choices[SPLIT_SEED]
    split = "" if seed is None else f", split seed {seed}"
    return f"{rows}, {len(run.validation[0]):,} for validation{split}"


def _scale_sentence(entries: Sequence[RunEntry]) -> str:
    by_scale = groups(entries, lambda entry: (measure(entry).shift, measure(entry).scale))
    if len(by_scale) == 1:
        return ""
    told = _listing({_scale_text(*key): same for key, same in by_scale.items()})
    return f"The target is scaled differently: {told}. C is not on the same scale."


def _scale_text(shift: Sequence[float], scale: Sequence[float]) -> str:
    if not any(shift) and all(each == 1 for each in scale):
        return "as it is"
    ranges = (
        f"{exact_text(low)} … {exact_text(low + width)}"
        for low, width in zip(shift, scale, strict=True)
    )
    return f"{listing(list(ranges))} to 0 … 1"


def _loss_sentence(entries: Sequence[RunEntry]) -> str:
    by_loss = groups(entries, lambda entry: measure(entry).loss)
    if len(by_loss) == 1:
        return ""
    return f"C is not the same loss function: {_listing(by_loss)}. Their values cannot be compared."


def _budget_sentence(entries: Sequence[RunEntry]) -> str:
    by_epochs = groups(sorted(entries, key=lambda entry: entry.run.epoch), lambda e: e.run.epoch)
    if len(by_epochs) == 1:
        return ""
    if len(by_epochs) > MOST_GROUPS:
        (low, first), *_, (high, last) = by_epochs.items()
        told = f"from {plural(low, 'epoch')} ({run_names(first)}) to {high:,} ({run_names(last)})"
    else:
        told = _listing({plural(epochs, "epoch"): same for epochs, same in by_epochs.items()})
    return f"Trained for different numbers of epochs: {told}."


def _update_sentence(entries: Sequence[RunEntry]) -> str:
    by_updates = groups(entries, _updates)
    if len(by_updates) == 1:
        return ""
    told = _listing({_updates_text(count): same for count, same in by_updates.items()})
    return (
        f"An epoch is not the same number of updates: {told}. At the same epoch "
        "some have taken more steps."
    )


def _updates(entry: RunEntry) -> tuple[int, int]:
    """Return the fewest and the most updates of an epoch of the run."""
    run = entry.run
    sizes = (run.settings_at(epoch).batch_size for epoch in (0, *run.branch_epochs))
    counts = [1 if size is None else -(-len(run.X) // size) for size in sizes]
    return min(counts), max(counts)


def _updates_text(counts: tuple[int, int]) -> str:
    low, high = counts
    return plural(low, "update") if low == high else f"{low:,} to {plural(high, 'update')}"


def _divergence_sentence(entries: Sequence[RunEntry]) -> str:
    diverged = [entry for entry in entries if entry.run.diverged]
    if not diverged:
        return ""
    return f"Training diverged in {run_names(diverged)}: C is that of the last finite epoch."


def _patience_sentence(entries: Sequence[RunEntry]) -> str:
    stopped = [entry for entry in entries if entry.run.ended == "stopped"]
    if not stopped or len(stopped) == len(entries):
        return ""
    return (
        f"Early stopping ended {run_names(stopped)}: its validation set chose when, so its C over "
        "that set looks better than over rows that were not used."
    )


def _listing(by_text: dict[str, list[RunEntry]]) -> str:
    """Return "text (names); text (names)"."""
    parts = [f"{text} ({run_names(same)})" for text, same in by_text.items()]
    more = len(parts) - MOST_GROUPS
    return "; ".join(parts[:MOST_GROUPS]) + (f"; and {more} more" if more > 0 else "")


def run_names(entries: Iterable[RunEntry]) -> str:
    """Return the runs' names in quotes, and how many more there are."""
    return join_names([f"“{entry.name}”" for entry in entries], MOST_NAMES)
