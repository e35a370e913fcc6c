r"""Single numbers in a text, as people write them by hand: a line each, `∂C/∂w11 = 0.0123`.

    entries(text)                  # [] unless the text is a list of such lines
    parts_of(entries, net)         # dW1, dW2, …, with what is not there unknown

    w^{(1)}_{12}, W⁽¹⁾₁₂, dW1(1,2)         layer, and row and column or unit and input
    dW1[0][1], dW1[0, 1]                    the same, counted from 0
    w14, w_{46}                             from node 1 to node 4: inputs and units in one count
    w11, w12                                row and column of the only matrix that has so many
    w1, w2, …, w8                           all weights in order, unit by unit
    db1, b2, w0j, dW2(0,1)                  biases

An unknown number is 0 with half a unit of infinity, so that nothing can differ from it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.checking.rounding import ROUNDING_ERROR, Precision, precision
from core.checking.submission.assembly import AssemblyError, Part
from core.checking.submission.kinds import MARKS, kind_of
from core.checking.submission.numbers import NumberMatrix, number_of
from core.network import Network

MIN_ENTRIES, MIN_IN_TABLE = 3, 2  # fewer are matrices of 1×1
MAX_LINES, MAX_LINE = 2000, 300
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₍₎", "0123456789()")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾]+")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾", "0123456789()")
_DECORATION = re.compile(r"\\(?:partial|mathbf|mathrm|text|frac|nabla)|[\s{}$`*\\]")
_INDICES = r"_?\(?(?P<first>\d{1,2})(?:,(?P<second>\d{1,2}))?\)?"
_FORMS = (
    re.compile(rf"(?P<kind>[wvbθ])\^\(?(?P<layer>[1-7])\)?{_INDICES}", re.I),
    re.compile(rf"(?P<kind>[wvbθ]){_INDICES}\^\(?(?P<layer>[1-7])\)?", re.I),
    re.compile(
        r"(?P<kind>[wvbθ])_?(?P<layer>[1-7])(?P<zero>\[)(?P<first>\d{1,2})(?:\]\[|,)?"
        r"(?P<second>\d{1,2})?\]",
        re.I,
    ),
    re.compile(
        r"(?P<kind>[wvbθ])_?(?P<layer>[1-7])\((?P<first>\d{1,2})(?:,(?P<second>\d{1,2}))?\)", re.I
    ),
    re.compile(r"(?P<kind>[wvbθ])_?\(?(?P<first>\d{1,2})(?:,(?P<second>\d{1,2}))?\)?", re.I),
)
_LINE = re.compile(r"^[-\s|*•]*(?P<label>[^=:≈|\n]{1,60}?)\s*(?:[=:≈|→]|->)(?P<rest>[^\n]*)$")


@dataclass(frozen=True)
class Entry:
    """A number of a line: W or b, its layer if given, its indices, and its text.

    mark: the letter of what it is a number of (`core.checking.submission.kinds`).
    """

    mark: str
    kind: str
    layer: int | None
    first: int
    second: int | None
    from_zero: bool
    number: str
    line: int


def entries(text: str) -> list[Entry]:
    """Return the numbers of a text in which each line is one; none if it is another text."""
    found = []
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        return []
    for line, row in enumerate(lines, start=1):
        entry = None if len(row) > MAX_LINE else _entry(row, line)
        if entry is not None:
            found.append(entry)
        elif re.search(r"\d\.\d|[\[&]", row):
            return []
    weights = sum(one.kind != "b" for one in found)
    return found if weights >= (MIN_IN_TABLE if "|" in text else MIN_ENTRIES) else []


def _entry(row: str, line: int) -> Entry | None:
    match = _LINE.match(row)
    if match is None:
        return None
    number = re.split(r"[=:≈|→]|->", match["rest"].strip().rstrip("|$.;, \\"))[-1].strip(" $`")
    if not re.fullmatch(r"[-+−]?\d[\d.,]*(?:\s*[eE×·\\].{0,20})?", number):
        return None
    label = _SUPERSCRIPT.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPTS), match["label"])
    label = _DECORATION.sub("", label.translate(_SUBSCRIPTS)).split("(for")[0].rstrip("+'′")
    label = label.rsplit("/", 1)[-1].lstrip("∂dΔ")
    label = re.sub(r"^(?:grad_?|elta_?|[CEJL](?=[wvbθ]))", "", label, flags=re.I)
    for form in _FORMS:
        if found := form.fullmatch(label):
            groups = found.groupdict()
            layer = int(groups["layer"]) if groups.get("layer") else None
            second = int(groups["second"]) if groups["second"] else None
            first = groups["first"]
            if second is None and len(first) == 2 and "zero" not in groups:
                first, second = first[0], int(first[1])
            kind = "b" if groups["kind"] in "bBθ" else groups["kind"].upper()
            zero = bool(groups.get("zero"))
            mark = MARKS[kind_of(match["label"].strip("` $"))]
            return Entry(mark, kind, layer, int(first), second, zero, number, line)
    return None


def parts_of(found: Sequence[Entry], net: Network) -> list[Part]:
    """Return dW1, dW2, … of the lines; raise AssemblyError if they fit no matrix.

    Raises MatrixTextError for a number that is none.
    """
    result = []
    for mark in dict.fromkeys(entry.mark for entry in found):
        own = [entry for entry in found if entry.mark == mark]
        result += _parts(mark, own, net)
    return result


def _parts(mark: str, found: Sequence[Entry], net: Network) -> list[Part]:
    places = _places(found, net)
    if len(set(places)) < len(places):
        raise AssemblyError("a number appears twice; keep one of them")
    result = []
    for layer in sorted({place[0] for place in places}):
        own = [(p[1:], e) for p, e in zip(places, found, strict=True) if p[0] == layer]
        result.append(Part(f"{mark}W{layer}", _matrix(own, net.weights[layer - 1].shape)))
    return result


def _matrix(own: list[tuple[tuple[int, int], Entry]], shape: tuple[int, ...]) -> NumberMatrix:
    """Return a matrix of the numbers of its places; all others are unknown."""
    cells = [number_of(entry.line, entry.number) for _, entry in own]
    estimate = precision(np.array([cell.value for cell in cells]))
    values, half_unit = np.zeros(shape), np.full(shape, np.inf)
    for (place, _), cell, half in zip(own, cells, estimate.half_unit, strict=True):
        values[place], half_unit[place] = cell.value, max(cell.half_unit, half)
    known = Precision(estimate.digits, estimate.decimals, half_unit, ROUNDING_ERROR)
    return NumberMatrix(values, known, is_apart=True)


Place = tuple[int, int, int]  # layer from 1, row, column
Count = Callable[[Entry], Place | None]


def _places(found: Sequence[Entry], net: Network) -> list[Place]:
    """Return where each number belongs, by the first count that fits all of them."""
    for count in (_by_layer(found, net), _by_node(net), _by_matrix, _by_order(net)):
        places = [count(entry) for entry in found]
        whole = [place for place in places if place is not None]
        if len(whole) == len(found) and all(_is_inside(place, net) for place in whole):
            return whole
    raise AssemblyError(
        "the numbers of the lines fit no matrix; write “dW1 =” and its rows, or w^{(1)}_{12} = …"
    )


def _is_inside(place: Place, net: Network) -> bool:
    layer, row, column = place
    if not 1 <= layer <= net.layers:
        return False
    rows, columns = net.weights[layer - 1].shape
    return bool(0 <= row < rows and 0 <= column < columns)


def _by_layer(found: Sequence[Entry], net: Network) -> Count:
    """Return the place by layer, row and column; layers may be counted with the inputs."""
    shift = max((one.layer or 0 for one in found), default=0) > net.layers

    def place(entry: Entry) -> Place | None:
        layer, start = (entry.layer or 0) - shift, 0 if entry.from_zero else 1
        if not 1 <= layer <= net.layers:
            return None
        if entry.second is None:
            return (layer, net.rows(layer), entry.first - start) if entry.kind == "b" else None
        if entry.first < start:  # the bias as input 0
            return layer, net.rows(layer), entry.second - 1
        row, column = entry.first - start, entry.second - start
        own = [one for one in found if one.layer == entry.layer and one.first >= start]
        size = net.rows(layer), net.weights[layer - 1].shape[1]
        fits = all(
            one.first - start < size[0] and (one.second or 0) - start < size[1] for one in own
        )
        return (layer, row, column) if fits else (layer, column, row)

    return place


def _by_node(net: Network) -> Count:
    """Return the place of a weight from one node to another, where nodes have one count."""
    ends = [int(end) for end in np.cumsum([net.inputs, *(W.shape[1] for W in net.weights)])]

    def place(entry: Entry) -> Place | None:
        if entry.layer is not None or (entry.second is None and entry.kind != "b"):
            return None
        source, target = sorted((entry.first, entry.second or 0))
        layer = int(np.searchsorted(ends, target))
        if not 1 <= layer <= net.layers:
            return None
        column = target - ends[layer - 1] - 1
        if source == 0:
            return layer, net.rows(layer), column
        row = source - (ends[layer - 2] if layer > 1 else 0) - 1
        return (layer, row, column) if 0 <= row < net.rows(layer) else None

    return place


def _by_matrix(entry: Entry) -> Place | None:
    """Return the place in W1 for w11, w12, …, and in W2 for v11, v12, …."""
    if entry.layer is not None or entry.second is None or entry.kind == "b":
        return None
    return 1 if entry.kind == "W" else 2, entry.first - 1, entry.second - 1


def _by_order(net: Network) -> Count:
    """Return the place of w1, w2, … in the order of units, and of b1, b2, … a unit each."""

    def place(entry: Entry) -> Place | None:
        if entry.layer is not None:
            return None
        index = entry.first - 1
        if entry.second is not None:
            index = 10 * entry.first + entry.second - 1
        for layer, W in enumerate(net.weights, start=1):
            rows, columns = net.rows(layer), W.shape[1]
            size = columns if entry.kind == "b" else rows * columns
            if index < size and entry.kind == "b":
                return layer, rows, index
            if index < size:
                return layer, index % rows, index // rows
            index -= size
        return None

    return place
