"""Data, settings and place of a run as URL parameters, and as JSON in a saved run.

    setup = Permalink.of(session)        # the session's current run and place
    params = setup.params                # URL parameters
    Permalink.read(params)               # from an address; raises PermalinkError
    setup.begin(session); setup.train(session)          # the same run, bit for bit

An uploaded file is named by its hash: whoever opens the link has to upload it.

    version 1    without a version: data, choices, network, training, focus
            2    also the conventions, the views on stage, the plane of the decision surface
            3    also several hidden layers, of the network and of an exercise
"""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import numpy as np

from core.network import SCHEMES, Array, Network
from core.training.run import Run
from core.training.settings import Settings
from core.utils.arguments import choice, json_integer, seed
from core.utils.strict_json import load_json
from pages.ui.state.architecture import Architecture
from pages.ui.state.conventions import Conventions
from pages.ui.state.draft_fields import (
    FILE,
    Checks,
    Fields,
    check_choices,
    check_units,
    data_name,
    draft_choices,
    draft_of,
    hidden_field,
    hidden_sizes,
)
from pages.ui.state.drafts import Draft, Exercise, File
from pages.ui.state.run_list import Experiment, Source
from pages.ui.state.session import Focus, Session, Weight
from pages.ui.state.stage_request import VIEWS, FeaturePlane

VERSION = 3
MAX_TEXT = 200_000  # of the setup, unpacked
MAX_LINK = 6000  # characters: what browsers and servers take everywhere
OF_RUN = "the run's"  # in place of given weights in a file that has them anyway


class PermalinkError(ValueError):
    """A link or a file that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Permalink:
    """Where the data comes from, the choices made for it, network, training and focus.

    training: pairs of an epoch and the settings from then on. edited_epochs: epochs at which
    weights were edited, which a link does not contain. conventions, views, plane: None in older
    links.
    """

    data: str
    choices: Fields
    network: Fields
    training: tuple[tuple[int, Settings], ...]
    epoch: int = 0
    row: int = 0
    output: int = 0
    weight: Weight = field(default_factory=Weight)
    stop: str = ""  # of the step through; "" if it is closed
    edited_epochs: tuple[int, ...] = ()
    conventions: Conventions | None = None
    views: frozenset[str] | None = None
    plane: FeaturePlane | None = None

    @classmethod
    def of(cls, state: Session, experiment: Experiment | None = None) -> Self:
        """Return the session's current run and place, or the same place in another of its runs."""
        return cls.at(
            experiment or state.current,
            state.focus,
            state.conventions,
            state.views,
            state.plane,
            stop=state.stop,
        )

    @classmethod
    def at(
        cls,
        experiment: Experiment,
        focus: Focus,
        conventions: Conventions,
        views: frozenset[str],
        plane: FeaturePlane,
        *,
        stop: str = "",
    ) -> Self:
        """Return a run, with what is selected and shown of it."""
        run, draft = experiment.run, experiment.source.draft
        focus, starts = focus.within(run), (0, *run.branch_epochs)
        return cls(
            data_name(draft),
            draft_choices(draft),
            _network_of(experiment.architecture),
            tuple((start, run.settings_at(start)) for start in starts),
            experiment.epoch,
            focus.sample,
            focus.output,
            focus.weight,
            stop,
            tuple(epoch for epoch in run.edited_epochs if epoch),
            conventions,
            views,
            plane,
        )

    @property
    def fields(self) -> Fields:
        """Everything but the data's name and the place, as JSON values."""
        network = dict(self.network)
        if "given" in network:
            network["given"] = [np.asarray(W).tolist() for W in network["given"]]
        return self._fields(network)

    @property
    def file_fields(self) -> Fields:
        """`fields` for the file of a run, which has the initial weights itself."""
        given = {"given": OF_RUN} if "given" in self.network else {}
        return self._fields({**self.network, **given})

    def _fields(self, network: Fields) -> Fields:
        defaults = Settings().fields
        training = [
            [start, {name: v for name, v in settings.fields.items() if v != defaults[name]}]
            for start, settings in self.training
        ]
        fields = {"choices": self.choices, "network": network, "training": training}
        return {"version": VERSION, **fields, **self.display_fields}

    @property
    def display_fields(self) -> Fields:
        """The conventions, views and plane that are not None, as JSON values."""
        fields: Fields = {}
        if self.conventions is not None:
            fields["conventions"] = self.conventions.fields
        if self.views is not None:
            fields["views"] = sorted(self.views)
        if self.plane is not None:
            fields["plane"] = [self.plane.x, self.plane.y, self.plane.output]
        return fields

    @property
    def places(self) -> dict[str, str]:
        """The data and the place in it; sample, output and weight count from 1, as on the page."""
        weight = self.weight
        return {
            "data": self.data,
            "epoch": str(self.epoch),
            "row": str(self.row + 1),
            "output": str(self.output + 1),
            "weight": f"{weight.layer}.{weight.row + 1}.{weight.column + 1}",
            "stop": self.stop,
        }

    @property
    def params(self) -> dict[str, str]:
        """URL parameters: `places`, and the setup packed."""
        packed = zlib.compress(json.dumps(self.fields, separators=(",", ":")).encode(), 9)
        return {**self.places, "setup": base64.urlsafe_b64encode(packed).decode().rstrip("=")}

    @property
    def address(self) -> dict[str, str]:
        """`params`, with an empty setup if it is too long for an address."""
        without = {**self.places, "setup": ""}
        if sum(map(np.size, self.network.get("given", ()))) > MAX_LINK:
            return without  # not packed in vain at each script run
        params = self.params
        return params if len(params["setup"]) <= MAX_LINK else without

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Self:
        """Build from URL parameters, with defaults for missing ones. Raises PermalinkError."""
        try:
            return cls.of_fields(
                params.get("data", "xor"), _unpack(params.get("setup", "")), params
            )
        except PermalinkError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise PermalinkError(
                "The address cannot be read, perhaps a part of it is missing: copy the link again."
            ) from error

    @classmethod
    def of_fields(cls, data: str, fields: Fields, places: Mapping[str, Any]) -> Self:
        """Build from JSON and a place; raises ValueError, TypeError and the like if invalid."""
        version = json_integer("version", fields.get("version", 1))
        if version > VERSION:
            raise PermalinkError(
                f"This was saved by a later version ({version}; this one reads {VERSION}): "
                "open it there."
            )
        training = fields.get("training") or [[0, {}]]
        layer, row, column = (int(part) for part in str(places.get("weight", "1.1.1")).split("."))
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
            Weight(layer, max(0, row - 1), max(0, column - 1)),
            str(places.get("stop", "")),
            conventions=Conventions.of(fields["conventions"]) if "conventions" in fields else None,
            views=_views(fields["views"]) if "views" in fields else None,
            plane=_plane(fields["plane"]) if "plane" in fields else None,
        )

    @property
    def data_key(self) -> str:
        """The data and the choices made for it, as text."""
        return json.dumps([self.data, self.choices], sort_keys=True)

    def same_run(self, other: Self) -> bool:
        """Return whether data, network and training are the other's; not the place or the views."""
        return self._run_text == other._run_text

    @property
    def _run_text(self) -> str:
        without = replace(self, conventions=None, views=None, plane=None)
        return json.dumps([self.data, without.fields], sort_keys=True)

    @property
    def needs_file(self) -> bool:
        """Whether the data is an uploaded file, which a link does not contain."""
        return self.data.startswith(FILE)

    def begin(self, state: Session, file: File | None = None) -> None:
        """Start the run from epoch 0 in the session. Raises PermalinkError if it cannot be."""
        try:
            draft = draft_of(self.data, self.choices, file)
            architecture = self._architecture()
            state.begin(
                source=Source.of(draft), architecture=architecture, settings=self.training[0][1]
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PermalinkError(f"The link cannot be opened: {without_period(error)}.") from error
        _set_draft(state, draft)
        self.apply_display(state)

    def resume(self, state: Session, experiment: Experiment) -> None:
        """Use an `experiment` of this setup in the session, at its place."""
        state.resume(experiment)
        _set_draft(state, experiment.source.draft)
        self.apply_display(state)
        self.look(state)

    def source(self, file: File | None, sources: dict[str, Source]) -> Source:
        """Return the data, prepared unless it is in `sources`, by `data_key`, to which it is added.

        Raises PermalinkError.
        """
        try:
            source = sources.get(self.data_key) or Source.of(
                draft_of(self.data, self.choices, file)
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PermalinkError(
                f"The data of this run cannot be prepared: {without_period(error)}."
            ) from error
        sources[self.data_key] = source
        return source

    def experiment(
        self, run: Run, file: File | None = None, sources: dict[str, Source] | None = None
    ) -> Experiment:
        """Return a run that was saved with this setup. Raises PermalinkError if they differ.

        `sources` are those that other runs use already, by `data_key`; a new one is added.
        """
        source = self.source(file, {} if sources is None else sources)
        try:
            architecture = self._architecture(run)
            described = architecture.build(source.dataset)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PermalinkError(
                f"The data of this run cannot be prepared: {without_period(error)}."
            ) from error
        data = source.dataset
        if repr(described) != repr(run.template):  # sizes, biases and activations
            raise PermalinkError(
                f"The run in this file trains {run.template}, but its settings describe "
                f"{described}: save the run again."
            )
        if not (np.array_equal(data.X, run.X) and np.array_equal(data.y, run.y)):
            raise PermalinkError(
                "The samples of this run differ from those that its data gives here, perhaps "
                "because another version saved it: start a new run with its data and settings."
            )
        return Experiment(source, architecture, run, min(self.epoch, run.epoch))

    def train(self, state: Session, progress: Callable[[int, int], object] | None = None) -> None:
        """Train to the epoch, repeating the changes of settings; then restore the place."""
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
        """Go to the epoch and select the sample, output and weight."""
        state.show(self.epoch)
        state.pause()
        state.look(sample=self.row, output=self.output, weight=self.weight)
        state.go_to_stop("")  # for a stop that this network does not have
        state.go_to_stop(self.stop)

    def apply_display(self, state: Session) -> None:
        """Set the conventions, views and plane; those that are None stay as they are."""
        with state.lock:
            state.conventions = self.conventions or state.conventions
            state.views = state.views if self.views is None else self.views
            state.plane = self.plane or state.plane

    def _architecture(self, run: Run | None = None) -> Architecture:
        fields = dict(self.network)
        given = fields.pop("given", None)
        fields["hidden"] = hidden_sizes(fields.get("hidden", 3))
        architecture = Architecture(**fields)
        check_units(*architecture.hidden)
        check_choices(architecture, _NETWORK_CHECKS)
        if given is None:
            return architecture
        if given == OF_RUN and run is not None:
            return replace(architecture, given=run.at(0))
        first, second, *more = _given_matrices(given)
        network = Network(
            first,
            second,
            *more,
            bias_input=architecture.bias_input,
            bias_hidden=architecture.bias_hidden,
        )
        hidden = tuple(W.shape[1] for W in network.weights[:-1])
        return replace(architecture, given=network, hidden=hidden)


def without_period(error: Exception) -> str:
    """Return an error's message as a part of a sentence."""
    return str(error).rstrip(".")


def _set_draft(state: Session, draft: Draft | Exercise) -> None:
    """Show the draft in use on the Data page."""
    if isinstance(draft, Exercise):
        state.exercise = state.typed = draft
    elif draft.sample is not None:
        state.sample = draft
    else:
        state.upload = draft


_NETWORK_CHECKS: Checks = {"scheme": partial(choice, offered=SCHEMES), "seed": seed}


def _given_matrices(given: Any) -> list[Array]:  # noqa: ANN401 - whatever a link holds
    """Return the given weights; raise ValueError unless they are at least two matrices."""
    try:
        matrices = [np.array(matrix, dtype=np.float64) for matrix in given]
    except (TypeError, ValueError) as error:
        raise ValueError("its weights are not matrices of numbers") from error
    if len(matrices) < 2 or any(matrix.ndim != 2 for matrix in matrices):
        raise ValueError("its weights are not two matrices or more")
    return matrices


def _network_of(architecture: Architecture) -> Fields:
    """Return the network's choices that differ from the default, as JSON values."""
    defaults = Architecture()
    fields = {
        name: value
        for name, value in vars(architecture).items()
        if name != "given" and value != getattr(defaults, name)
    }
    if "hidden" in fields:
        fields["hidden"] = hidden_field(architecture.hidden)
    if architecture.given is not None:
        fields["given"] = architecture.given.weights
    return fields


def _views(names: list[str]) -> frozenset[str]:
    if not isinstance(names, list) or not all(name in VIEWS for name in names):
        raise ValueError("the views on stage cannot be read")
    return frozenset(names)


def _plane(numbers: list[int]) -> FeaturePlane:
    """Return the plane; it is clamped to the data's columns when drawn."""
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
