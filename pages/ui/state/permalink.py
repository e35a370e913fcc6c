"""All that leads to a number on the screen, as text: for an address, and beside a saved run.

    setup = Permalink.of(session)        # what the session stands at
    params = setup.params                # of an address
    Permalink.read(params)               # from an address; raises SetupError with a sentence
    setup.begin(session); setup.train(session)          # the same again, bit for bit

A file of one's own is named by its hash: whoever follows the link brings the file.

    version 1    without a version: data, choices, network, training, what is looked at
            2    and the conventions, what is on stage, and the plane of the decision surface
"""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from core.dataset.samples import SAMPLES
from core.dataset.samples.make import Recipe
from core.network import Network
from core.table.csv_table import Dialect, read_csv
from core.table.meaning import MeaningChoices, understand
from core.training.run import Run
from core.training.settings import Settings
from core.utils.arguments import json_integer
from core.utils.strict_json import load_json
from pages.ui.state.conventions import Conventions
from pages.ui.state.drafts import Draft, Exercise, File, Sizes, mazur
from pages.ui.state.generated_sample import GeneratedDraft, recipe_of, with_recipe
from pages.ui.state.session import Architecture, Experiment, Session, Source, Weight
from pages.ui.state.stage_request import VIEWS, FeaturePlane

VERSION = 2
EXERCISE, FILE = "exercise", "file-"
MAX_TEXT = 200_000  # of the setup, unpacked
MAX_UNITS = 1000  # of a layer
MAX_LINK = 6000  # characters: what browsers and servers take everywhere
CHOICE_FIELDS = ("features", "target", "task", "scaling", "validation", "seed", "missing")
PLACES = ("data", "epoch", "row", "output", "weight")
Fields = dict[str, Any]


class PermalinkError(ValueError):
    """A link or a file whose setup cannot be used: one sentence with what to do."""


@dataclass(frozen=True)
class Permalink:
    """Where the data comes from, the choices made of it, network, training, and what is looked at.

    training: the epochs at which settings begin to hold, with those settings. retyped: epochs at
    which weights were typed over, which a setup does not hold. conventions, views and plane: in
    which form and with what on stage; None where an older link does not say.
    """

    data: str
    choices: Fields
    network: Fields
    training: tuple[tuple[int, Settings], ...]
    epoch: int = 0
    row: int = 0
    output: int = 0
    weight: Weight = field(default_factory=Weight)
    edited_epochs: tuple[int, ...] = ()
    conventions: Conventions | None = None
    views: frozenset[str] | None = None
    plane: FeaturePlane | None = None

    @classmethod
    def of(cls, state: Session) -> Self:
        """What the session stands at."""
        run, focus, draft = state.run, state.focus, state.source.draft
        starts = (0, *run.branch_epochs)
        return cls(
            data_name(draft),
            _choices_of(draft),
            _network_of(state.architecture),
            tuple((start, run.settings_at(start)) for start in starts),
            state.epoch,
            focus.sample,
            focus.output,
            focus.weight,
            tuple(epoch for epoch in run.edited_epochs if epoch),
            state.conventions,
            state.views,
            state.plane,
        )

    @property
    def fields(self) -> Fields:
        """The part that is not a place to look at, as JSON can hold it."""
        defaults = Settings().fields
        training = [
            [start, {name: v for name, v in settings.fields.items() if v != defaults[name]}]
            for start, settings in self.training
        ]
        fields = {"choices": self.choices, "network": self.network, "training": training}
        return {"version": VERSION, **fields, **self._display_fields}

    @property
    def _display_fields(self) -> Fields:
        """The conventions and what is on stage, as far as they are said."""
        fields: Fields = {}
        if self.conventions is not None:
            fields["conventions"] = self.conventions.fields
        if self.views is not None:
            fields["views"] = sorted(self.views)
        if self.plane is not None:
            fields["plane"] = [self.plane.x, self.plane.y, self.plane.output]
        return fields

    @property
    def params(self) -> dict[str, str]:
        """As parameters of an address; sample and weight count from 1, as on the page."""
        weight = self.weight
        packed = zlib.compress(json.dumps(self.fields, separators=(",", ":")).encode(), 9)
        return {
            "data": self.data,
            "setup": base64.urlsafe_b64encode(packed).decode().rstrip("="),
            "epoch": str(self.epoch),
            "row": str(self.row + 1),
            "output": str(self.output + 1),
            "weight": f"{weight.layer}.{weight.row + 1}.{weight.column + 1}",
        }

    @property
    def address(self) -> dict[str, str]:
        """The same; without the setup where it is too long for an address."""
        params = self.params
        return params if len(params["setup"]) <= MAX_LINK else {**params, "setup": ""}

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        """From an address; what is missing is as usual. Raises SetupError."""
        try:
            return cls.of_fields(
                params.get("data", "xor"), _unpack(params.get("setup", "")), params
            )
        except PermalinkError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise PermalinkError(
                "The address cannot be read, perhaps a part of it is missing: copy the link anew."
            ) from error

    @classmethod
    def of_fields(cls, data: str, fields: Fields, places: Mapping[str, Any]) -> Self:
        """From JSON and the places to look at; raises ValueError and its like for nonsense."""
        version = json_integer("version", fields.get("version", 1))
        if version > VERSION:
            raise PermalinkError(
                f"This was saved by a later version ({version}; this one reads {VERSION}): "
                "open it there."
            )
        training = fields.get("training") or [[0, {}]]
        layer, row, column = (int(part) for part in str(places.get("weight", "1.1.1")).split("."))
        which: Literal[1, 2] = 2 if layer == 2 else 1
        return cls(
            str(data)[:80],
            dict(fields.get("choices") or {}),
            dict(fields.get("network") or {}),
            tuple(
                (json_integer("start", start), Settings.of(settings))
                for start, settings in training
            ),
            json_integer("epoch", int(places.get("epoch", 0))),
            max(0, int(places.get("row", 3)) - 1),
            max(0, int(places.get("output", 1)) - 1),
            Weight(which, max(0, row - 1), max(0, column - 1)),
            conventions=Conventions.of(fields["conventions"]) if "conventions" in fields else None,
            views=_views(fields["views"]) if "views" in fields else None,
            plane=_plane(fields["plane"]) if "plane" in fields else None,
        )

    @property
    def needs_file(self) -> bool:
        """Whether it is about a file that somebody has to bring."""
        return self.data.startswith(FILE)

    def begin(self, state: Session, file: File | None = None) -> None:
        """Begin the run anew in the session. Raises SetupError where that cannot be."""
        try:
            draft = self._draft(file)
            architecture = self._architecture()
            state.begin(
                source=Source.of(draft), architecture=architecture, settings=self.training[0][1]
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PermalinkError(
                f"What the address asks for cannot be done: {_without_period(error)}."
            ) from error
        _set_draft(state, draft)
        self._apply_display(state)

    def resume(self, state: Session, run: Run, file: File | None = None) -> None:
        """Go on with a run that was saved with this setup. Raises SetupError where they differ."""
        try:
            draft = self._draft(file)
            source, architecture = Source.of(draft), self._architecture()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PermalinkError(
                f"The data of this run cannot be prepared: {_without_period(error)}."
            ) from error
        data = source.dataset
        if not (np.array_equal(data.X, run.X) and np.array_equal(data.y, run.y)):
            raise PermalinkError(
                "The samples of this run are not those that its data is prepared to here, perhaps "
                "by another version: begin anew with its data and settings."
            )
        state.resume(Experiment(source, architecture, run))
        _set_draft(state, draft)
        self._apply_display(state)
        self.look(state)

    def train(self, state: Session, progress: Callable[[int, int], object] | None = None) -> None:
        """Train to the epoch, with the settings changed where they were; look where it looks."""
        last = max(self.epoch, self.training[-1][0])
        for start, settings in (*self.training[1:], (last, None)):
            behind = start - state.run.epoch
            state.run.advance(
                max(0, behind),
                progress=progress and (lambda _done, _of: progress(state.run.epoch, last)),
            )
            if settings is not None and state.run.epoch >= start:
                state.retry(start, settings)
        self.look(state)

    def look(self, state: Session) -> None:
        """Stand at the epoch and look at the sample, output and weight."""
        state.show(self.epoch)
        state.pause()
        state.look(sample=self.row, output=self.output, weight=self.weight)

    def _apply_display(self, state: Session) -> None:
        """Show it in the form, and with what was on stage, that are said; else as before."""
        with state.lock:
            state.conventions = self.conventions or state.conventions
            state.views = state.views if self.views is None else self.views
            state.plane = self.plane or state.plane

    def _draft(self, file: File | None) -> Draft | Exercise:
        if self.data == EXERCISE:
            return _exercise(self.choices)
        if self.needs_file:
            if file is None or file_hash(file.data) != self.data:
                raise ValueError("it needs the file that the link is about")
            given = Dialect(**_tuples(self.choices.get("dialect", {})))
            table = read_csv(file.data, name=file.name, dialect=given)
            draft = Draft.of_table(table, replace(file, given=given))
        elif self.data in SAMPLES:
            draft = Draft.of_sample(self.data)
            if "recipe" in self.choices:
                draft = with_recipe(draft, Recipe(**self.choices["recipe"]))
        else:
            raise ValueError(f"there is no sample called {self.data!r}")
        meaning = MeaningChoices(**_tuples(self.choices.get("meaning", {})))
        chosen = {name: self.choices[name] for name in CHOICE_FIELDS if name in self.choices}
        return replace(draft, table=understand(draft.table, meaning), **_tuples(chosen))

    def _architecture(self) -> Architecture:
        fields = dict(self.network)
        given = fields.pop("given", None)
        architecture = Architecture(**fields)
        _check_units(architecture.hidden)
        if given is None:
            return architecture
        W1, W2 = (np.array(matrix, dtype=np.float64) for matrix in given)
        network = Network(W1, W2, architecture.bias_input, architecture.bias_hidden)
        return replace(architecture, given=network)


def _without_period(error: Exception) -> str:
    return str(error).rstrip(".")


def _set_draft(state: Session, draft: Draft | Exercise) -> None:
    """Have the data page prepare what is in use."""
    if isinstance(draft, Exercise):
        state.exercise = state.typed = draft
    elif draft.sample is not None:
        state.sample = draft
    else:
        state.upload = draft


def data_name(draft: Draft | Exercise) -> str:
    """The name of where the data comes from."""
    if isinstance(draft, Exercise):
        return EXERCISE
    if draft.sample is not None:
        return draft.sample
    return file_hash(draft.file.data) if draft.file else f"{FILE}unknown"


def file_hash(data: bytes) -> str:
    """The name of a file's contents."""
    return FILE + hashlib.sha256(data).hexdigest()[:32]


def _choices_of(draft: Draft | Exercise) -> Fields:
    """What was chosen of the data, as JSON can hold it."""
    if isinstance(draft, Exercise):
        frames = {name: getattr(draft, name).to_numpy().tolist() for name in _FRAMES}
        return {"sizes": asdict(draft.sizes), "with_weights": draft.with_weights, **frames}
    chosen: Fields = {name: getattr(draft, name) for name in CHOICE_FIELDS}
    if draft.sample is not None:  # only what differs from the sample's own
        own = Draft.of_sample(draft.sample)
        chosen = {name: value for name, value in chosen.items() if value != getattr(own, name)}
    if isinstance(draft, GeneratedDraft):
        chosen["recipe"] = asdict(recipe_of(draft))
    if draft.table.choices != MeaningChoices():
        chosen["meaning"] = asdict(draft.table.choices)
    if draft.file is not None and draft.file.given != Dialect():
        chosen["dialect"] = asdict(draft.file.given)
    return chosen


_FRAMES = ("samples", "W1", "W2")


def _exercise(choices: Fields) -> Exercise:
    sizes = Sizes(**choices["sizes"])
    _check_units(sizes.inputs, sizes.hidden, sizes.outputs)
    empty = mazur().resize(sizes)
    samples, W1, W2 = (
        pd.DataFrame(
            np.array(choices[name], dtype=np.float64), columns=getattr(empty, name).columns
        )
        for name in _FRAMES
    )
    W1.index, W2.index = empty.W1.index, empty.W2.index
    return Exercise(sizes, samples, W1, W2, choices["with_weights"] is True)


def _check_units(*counts: object) -> None:
    if any(json_integer("units", units) > MAX_UNITS for units in counts):
        raise ValueError(f"a layer may have {MAX_UNITS:,} units at most")


def _network_of(architecture: Architecture) -> Fields:
    """What was chosen of the network and is not as usual."""
    defaults = Architecture()
    fields = {
        name: value
        for name, value in vars(architecture).items()
        if name != "given" and value != getattr(defaults, name)
    }
    if architecture.given is not None:
        fields["given"] = [architecture.given.W1.tolist(), architecture.given.W2.tolist()]
    return fields


def _views(names: list[str]) -> frozenset[str]:
    if not isinstance(names, list) or not all(name in VIEWS for name in names):
        raise ValueError("what is on stage cannot be read")
    return frozenset(names)


def _plane(numbers: list[int]) -> FeaturePlane:
    """Brought into the data's range where it is drawn."""
    x, y, output = numbers
    return FeaturePlane(
        json_integer("x", x), json_integer("y", y), json_integer("output", output + 1) - 1
    )


def _unpack(text: str) -> Fields:
    if not text:
        return {}
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, MAX_TEXT)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("it is damaged") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("it is too long, or a part of it is missing")
    fields: Fields = load_json(data)
    return fields


def _tuples(fields: Fields) -> Fields:
    """JSON has lists where dataclasses have tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
