r"""Single numbers in a text, as people write them by hand: a line each, `∂C/∂w11 = 0.0123`.

    entries(text)                  # [] unless the text is a list of such lines
    parts_of(entries, net)         # dW1, dW2, …, with what is not there unknown

    w^{(1)}_{12}, W⁽¹⁾₁₂, dW1(1,2)         layer, and row and column or unit and input
    dW1[0][1], dW1[0, 1]                    the same, counted from 0
    w14, w_{46}                             from node 1 to node 4: inputs and units in one count
    w11, w12                                row and column of the only matrix that has so many
    w1, w2, …, w8                           all weights in order, unit by unit
    db1, b2, w0j, dW2(0,1)                  biases
    Δw1, \Delta w_1, w1_new, w_1^+          steps and new weights (`core.checking.submission.kinds`)
    | w1 | 0.0123 |                         a row of a table

An unknown number is 0 with half a unit of infinity, so that nothing can differ from it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.checking.rounding import ROUNDING_ERROR, Precision, precision
from core.checking.submission.assembly import AssemblyError, Part
from core.checking.submission.kinds import MARKS, kind_of
from core.checking.submission.numbers import NumberMatrix, number_of
from core.checking.submission.section import MatrixTextError, excerpt
from core.network import Network
from core.utils.small_digits import FROM_SUBSCRIPTS, FROM_SUPERSCRIPTS, SUPERSCRIPTS

MIN_ENTRIES, MIN_IN_TABLE = 3, 2  # fewer are matrices of 1×1
MAX_LINES, MAX_LINE = 2000, 300
_SUPERSCRIPT = re.compile(f"[{SUPERSCRIPTS}]+")
_DECORATION = re.compile(r"\\(?:partial|mathbf|mathrm|text|frac|nabla)|[\s{}$`*\\]")
_BEFORE = re.compile(  # a weight or bias: what it is a number of
    r"(?:(?:[∂Δ∆]|delta|grad|new|updated|step|d|[CEJL](?=[wvbθ]))_?)*+", re.I
)
_AFTER = re.compile(
    r"(?:[_^(,]{0,3}(?:new|updated?|after(?:the)?(?:step|update)?|step|\+)\)?|['′])+$", re.I
)
_SEVERAL_DIGITS = re.compile(r"\d[\W\d_]*\d")
_INDICES = r"_?\(?(?P<first>\d{1,2})(?:,(?P<second>\d{1,2}))?\)?"
_FORMS = tuple(
    re.compile(rf"(?P<kind>[wvbθ]){rest}", re.I)
    for rest in (
        rf"\^\(?(?P<layer>[1-7])\)?{_INDICES}",
        rf"{_INDICES}\^\(?(?P<layer>[1-7])\)?",
        r"_?(?P<layer>[1-7])(?P<zero>\[)(?P<first>\d{1,2})(?:\]\[|,)?(?P<second>\d{1,2})?\]",
        r"_?(?P<layer>[1-7])\((?P<first>\d{1,2})(?:,(?P<second>\d{1,2}))?\)",
        _INDICES,
    )
)
_LINE = re.compile(r"^[-\s|*•]*+(?P<label>[^=:≈|\n]{1,60}?)\s*+(?:[=:≈|→]|->)(?P<rest>[^\n]*)$")
_NUMBER = re.compile(
    r"[-+−\u2013]?(?:\d[\d.,]*|[.,]\d+)(?:\s*/\s*\d[\d.,]*)?(?:\s*[eE×·\\].{0,20})?"
)
_OTHER_TEXT = re.compile(r"\d\.\d|[\[&]")  # numbers without a label, or a matrix
_COLUMN_OF_GRADIENTS = re.compile(r"grad|deriv|∂|\\partial|d[CEJL]/d", re.I)
_BETWEEN = " | "  # the numbers of a row that has several
_NEXT_LABEL = re.compile(r"[,;]\s*+(?=[^\s\d=:,;|][^=:,;|]{0,40}=)")


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

    @property
    def name(self) -> tuple[object, ...]:
        """What no two lines may both give."""
        return self.mark, self.kind, self.layer, self.first, self.second

    @property
    def form(self) -> tuple[str, bool, bool]:
        """What it is a number of, and whether it has a layer and a second index."""
        return self.mark, self.layer is not None, self.second is not None

    @property
    def has_digits(self) -> bool:
        """Whether its text, or that of each column, looks like a number."""
        return all(map(_NUMBER.fullmatch, self.number.split(_BETWEEN)))


def entries(text: str) -> list[Entry]:
    """Return the numbers of a text in which each line is one; none if it is another text.

    Raises MatrixTextError for a line with a label but no number that can be read, or with several.
    """
    found: list[Entry] = []
    unread: list[Entry] = []
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        return []
    column = _column_of_gradients(lines)
    every = (
        (line, part) for line, row in enumerate(lines, start=1) for part in _split_at_labels(row)
    )
    for line, row in every:
        entry = None if len(row) > MAX_LINE else _entry(row, line, column)
        if entry is not None and not entry.number:
            continue
        if entry is not None and entry.has_digits:
            found.append(entry)
        elif _OTHER_TEXT.search(row):
            return []
        elif entry is not None:
            unread.append(entry)
    weights = sum(one.kind != "b" for one in found)
    if weights < (MIN_IN_TABLE if "|" in text else MIN_ENTRIES):
        return []
    _refuse_columns(found)
    return found + _others(unread, found)


def _split_at_labels(row: str) -> list[str]:
    """Return the parts of a line such as “w1 = 0.1, w2 = 0.2”, each with its label."""
    parts = _NEXT_LABEL.split(row) if len(row) <= MAX_LINE else [row]
    every = all((match := _LINE.match(part)) and _weight(match["label"]) for part in parts)
    return parts if every else [row]


def _refuse_columns(found: Sequence[Entry]) -> None:
    for entry in found:
        if _BETWEEN in entry.number:
            raise MatrixTextError(
                entry.line,
                f"several numbers stand in one line (“{excerpt(entry.number)}”); keep one column "
                "of numbers",
            )


def _others(unread: Sequence[Entry], found: Sequence[Entry]) -> list[Entry]:
    """Return the entries of other text that are numbers, such as ½; raise MatrixTextError for nan.

    Left out are formulas whose number another line gives or of which there are no numbers, and
    headings such as “W1: hidden layer” above w11, w12, ….
    """
    names, forms = {one.name for one in found}, {one.form for one in found}
    marks = {one.mark for one in found}
    result = []
    for one in unread:
        belongs = one.form in forms or (one.kind == "b" and one.mark in marks)
        if belongs and one.name not in names:
            number_of(one.line, one.number)
            result.append(one)
    return result


def _column_of_gradients(lines: Sequence[str]) -> int | None:
    """Return which column after the labels the heading of a table calls the gradient, if one."""
    heading = next((row for row in lines if "|" in row), "")[:MAX_LINE]
    match = _LINE.match(heading)
    if match is None or _weight(match["label"]) is not None:
        return None
    cells = match["rest"].split("|")
    columns = [at for at, cell in enumerate(cells) if _COLUMN_OF_GRADIENTS.search(cell)]
    return columns[0] if len(columns) == 1 else None


def _entry(row: str, line: int, column: int | None) -> Entry | None:
    """Return the number of a line whose label is one of a weight or bias, readable or not."""
    match = _LINE.match(row)
    groups = match and _weight(match["label"])
    if match is None or groups is None:
        return None
    layer = int(groups["layer"]) if groups.get("layer") else None
    second = int(groups["second"]) if groups["second"] else None
    first = groups["first"]
    if second is None and len(first) == 2 and "zero" not in groups:
        first, second = first[0], int(first[1])
    kind = "b" if groups["kind"] in "bBθ" else groups["kind"].upper()
    zero = bool(groups.get("zero"))
    number = _number(match["rest"], column)
    return Entry(_mark(match["label"]), kind, layer, int(first), second, zero, number, line)


def _number(rest: str, column: int | None) -> str:
    """Return the number after a label; of several cells that of the column, else all of them."""
    cells = [
        re.split(r"[=:≈→]|->", cell.strip().rstrip("$.;, \\"))[-1].strip(" $`")
        for cell in rest.strip().rstrip("|$.;, \\").split("|")
    ]
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    if column is not None and column < len(cells) and cells[column] in ("", *numbers):
        return cells[column]
    return _BETWEEN.join(numbers or cells[-1:])


def _plain(label: str) -> str:
    """Return a label with its indices on the line, without what it is for."""
    line = _SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(FROM_SUPERSCRIPTS), label)
    return line.translate(FROM_SUBSCRIPTS).split("(for")[0].strip("` $")


def _mark(label: str) -> str:
    """Return the letter of what a label is a number of; `kind_of` knows names of one index."""
    return MARKS[kind_of(_SEVERAL_DIGITS.sub("1", _plain(label)))]


def _weight(label: str) -> dict[str, str] | None:
    """Return the letter and the indices of the weight or bias that a label names."""
    line = _DECORATION.sub("", _plain(label)).rsplit("/", 1)[-1]
    line = _BEFORE.sub("", _AFTER.sub("", line), count=1)
    for form in _FORMS:
        if found := form.fullmatch(line):
            return found.groupdict()
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

    @cache
    def fits(given: int | None, start: int) -> bool:
        """Return whether the numbers of a layer fit as row and column."""
        layer = (given or 0) - shift
        rows, columns = net.rows(layer), net.shapes[layer - 1][1]
        return all(
            one.first - start < rows and (one.second or 0) - start < columns
            for one in found
            if one.layer == given and one.first >= start
        )

    def place(entry: Entry) -> Place | None:
        layer, start = (entry.layer or 0) - shift, 0 if entry.from_zero else 1
        if not 1 <= layer <= net.layers:
            return None
        if entry.second is None:
            return (layer, net.rows(layer), entry.first - start) if entry.kind == "b" else None
        if entry.first < start:  # the bias as input 0
            return layer, net.rows(layer), entry.second - 1
        row, column = entry.first - start, entry.second - start
        is_row_first = fits(entry.layer, start)
        return (layer, row, column) if is_row_first else (layer, column, row)

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
