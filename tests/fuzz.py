"""What strangers hand in, damaged by a seed: links, run files, bundles, answers, messages.

`python -m tests.fuzz 5000` reads so many of each kind: every one is taken or refused in a sentence,
within a second, and within the memory that its size explains.
"""

import base64
import io
import json
import random
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from core.checking.assignment import BundleError, read_bundle, write_bundle
from core.checking.exercise_text import ExerciseTextError, read_exercise
from core.checking.grading import mark_data
from core.gradients import gradients
from core.network import Network
from core.training.run_file import RunFileError
from pages.ui.chain_rule.scene import Pick
from pages.ui.check.bug_lab_server import Heard
from pages.ui.save.run_file import load, run_bytes
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.session import Session
from pages.ui.state.stage_request import StageRequest
from pages.ui.train.stage import answer
from tests.bounds import bounded
from tests.core.oracles import XOR_X, XOR_Y

SECONDS = 1.0
EPOCHS = 60  # that a link is followed for: more is a matter of patience, which the page asks for
NUMBERS = (0, -1, 1.5, 10**400, 2**64, 1e308, 5e-324, float("nan"), float("inf"), 20_000_000)
ODD: tuple[object, ...] = (
    *NUMBERS,
    None,
    True,
    "",
    "x",
    "\ud800",
    "9" * 400,
    "∂" * 3000,
    [],
    [[]],
    {},
    {"a": 1},
)
PIECES = (
    "\\begin{matrix}", "\\end{matrix}", "dW1\n1,2\n", "dW2 = [", "[", "]", "[[", "...", "(", "{",
    "\x00", "\n" * 99, " " * 999, "1,", "&", "\\\\", "1e999", "−", "𝟙", "W1 =", "b1 = ",
)  # fmt: skip

Chance = random.Random


@cache
def runs() -> tuple[Session, ...]:
    """Sessions of which links, files and bundles are made: trained, changed and branched."""
    plain, iris = Session(), Session()
    iris.use(Draft.of_sample("iris"))
    for session in (plain, iris):
        session.run.advance(40)
        session.retry(30, session.settings)
        session.run.advance(10)
        session.report(35, playing=False)
    return plain, iris


def link(chance: Chance) -> dict[str, str]:
    """The parameters of an address."""
    params = Permalink.of(chance.choice(runs())).params
    fields = json.loads(zlib.decompress(base64.urlsafe_b64decode(params["setup"] + "==")))
    if chance.random() < 0.7:
        text = json.dumps(odd(fields, chance)).encode()
        params["setup"] = base64.urlsafe_b64encode(zlib.compress(text)).decode()
    else:
        name = chance.choice(list(params))
        params[name] = cut(params[name].encode(), chance).decode(errors="replace")
    return params


def follow(params: dict[str, str]) -> str:
    """As the page does with an address."""
    session = Session()
    try:
        setup = Permalink.read(params)
        setup.begin(session)
        if max(setup.epoch, setup.training[-1][0]) <= EPOCHS:
            setup.train(session)
    except (PermalinkError, ValueError) as error:  # ValueError: of training, as the page takes it
        return sentence(error)
    return "taken"


def run_file(chance: Chance) -> bytes:
    """A saved run."""
    good = run_bytes(chance.choice(runs()))
    return archive(good, "run.json", chance)


def take_up(data: bytes) -> str:
    """As the page does with a saved run."""
    try:
        load(Session(), data)
    except (RunFileError, PermalinkError) as error:
        return sentence(error)
    return "taken"


def bundle(chance: Chance) -> bytes:
    """What a class is given."""
    run = chance.choice(runs()).run
    return archive(write_bundle(run.network, run.X[:20], run.y[:20]), "bundle.json", chance)


def open_bundle(data: bytes) -> str:
    """As the page does with it."""
    try:
        read_bundle(data)
    except BundleError as error:
        return sentence(error)
    return "taken"


def handed_in(chance: Chance) -> bytes:
    """Gradients in one of the notations."""
    net = Network.init(2, 3)
    dW1, dW2 = (matrix.tolist() for matrix in gradients(net, XOR_X, XOR_Y))
    matlab = "; ".join(" ".join(map(repr, row)) for row in dW1)
    latex = " \\\\ ".join(" & ".join(map(repr, row)) for row in dW1)
    texts = (
        f"dW1 = {dW1}\ndW2 = {dW2}",
        json.dumps({"dW1": dW1, "dW2": dW2}),
        f"dW1 = [{matlab}];\ndW2 = {dW2}",
        f"dW1 = \\begin{{pmatrix}} {latex} \\end{{pmatrix}}\ndW2 = {dW2}",
        "dW1\n" + "\n".join(",".join(map(repr, row)) for row in dW1),
    )
    return spliced(chance.choice(texts), chance).encode(errors="surrogatepass")


def judge(data: bytes) -> str:
    """As the page does with an answer."""
    given = read_bundle(write_bundle(Network.init(2, 3), XOR_X, XOR_Y))
    row = mark_data(given, "mia.txt", data)
    assert row.comment.endswith((".", "?")), row.comment
    row.comment.encode()
    return row.verdict


def exercise(chance: Chance) -> str:
    """X, y and weights as text."""
    text = "X = np.array([[0, 0], [0, 1]])\ny = [0 1]\nW1 = [0.15 0.25; 0.20 0.30]\nb1 = 0.35\n"
    return spliced(text + "W2 = [0.4; 0.5; 0.6]\n", chance)


def type_in(text: str) -> str:
    """As the page does with it."""
    try:
        read_exercise(text)
    except ExerciseTextError as error:
        return sentence(error)
    return "taken"


def message(chance: Chance) -> object:
    """What a component says."""
    said: dict[str, Any] = {
        "sequence": 1, "token": runs()[0].current.token, "epoch": 3, "playing": False, "after": 2,
        "frames": 5, "stride": 2, "known_losses": 3, "views": ["gradients", "surface", "score"],
        "plane_x": 0, "plane_y": 1, "plane_output": -1, "known_plane": "", "scores_after": 2,
        "layer": 2, "row": 1, "column": 0, "output": 0, "lacks": "", "frame": 3, "has": "",
    }  # fmt: skip
    return odd(said, chance)


def hear(said: object) -> str:
    """As the components' other halves do."""
    session = runs()[0]
    answer(session, StageRequest.parse(said))
    pick = Pick.parse(said)
    session.look(output=pick.output, weight=pick.weight)
    Heard.parse(said)
    return "taken"


def odd(value: Any, chance: Chance) -> Any:
    """JSON with something else in one place."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        at = chance.choice(list(keys))
        changed = dict(value) if isinstance(value, dict) else list(value)
        changed[at] = odd(value[at], chance)
        return changed
    return chance.choice(ODD)


def archive(good: bytes, header: str, chance: Chance) -> bytes:
    """A zip with a few other bytes, another member, another method, or another JSON in it."""
    if chance.random() < 0.3:
        return cut(good, chance)
    with zipfile.ZipFile(io.BytesIO(good)) as found:
        files = {name: found.read(name) for name in found.namelist()}
    name = chance.choice(list(files))
    match chance.randrange(5):
        case 0:
            files[name] = cut(files[name], chance)
        case 1:
            del files[name]
        case 2:
            files[name] = chance.choice([b"[],", b"0,", b"[", b"\x00"]) * chance.choice(
                [9, 3 * 10**6]
            )
        case _:
            files[header] = json.dumps(odd(json.loads(files[header]), chance)).encode()
    methods = [zipfile.ZIP_DEFLATED] * 18 + [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", chance.choice(methods)) as found:
        for name, content in files.items():
            found.writestr(name, content)
    return cut(written.getvalue(), chance) if chance.random() < 0.2 else written.getvalue()


def cut(data: bytes, chance: Chance) -> bytes:
    """The same with other bytes in some places, cut, or repeated."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    match chance.randrange(4):
        case 0:
            del changed[chance.randrange(len(changed) + 1) :]
        case 1:
            changed *= chance.choice([2, 50])
    return bytes(changed)


def spliced(text: str, chance: Chance) -> str:
    """A text with pieces of others in it, some of them very often."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        often = chance.choice([1, 1, 1, 7, 5000])
        text = text[:at] + chance.choice(PIECES) * often + text[at + chance.randrange(9) :]
    return text


def sentence(error: Exception) -> str:
    """How it was refused: in one sentence that can be shown."""
    told = str(error)
    assert told.endswith((".", "?")), told
    assert "\n" not in told, told
    assert len(told) < 600, told
    told.encode()
    return "refused"


KINDS: dict[str, tuple[Callable[[Chance], Any], Callable[[Any], str]]] = {
    "links": (link, follow),
    "run files": (run_file, take_up),
    "bundles": (bundle, open_bundle),
    "answers": (handed_in, judge),
    "exercises": (exercise, type_in),
    "messages": (message, hear),
}


def fuzz(kind: str, count: int) -> Counter[str]:
    """Hand in so many of a kind; raises AssertionError that names those that end in else."""
    make, read = KINDS[kind]
    ends: Counter[str] = Counter()
    wrong = []
    for seed in range(count):
        handed = make(Chance(seed))
        size = len(handed) if isinstance(handed, bytes | str) else len(repr(handed))
        try:
            with bounded(f"seed {seed}", size, SECONDS) as spent:
                ends[read(handed)] += 1
        except Exception as error:
            wrong.append(f"seed {seed}: {error!r}"[:300])
        ends["ms at most"] = max(ends["ms at most"], round(1000 * spent.seconds))
        ends["MB at most"] = max(ends["MB at most"], round(spent.megabytes))
    assert not wrong, "\n".join([f"{kind}, {len(wrong)} of {count}:", *wrong[:10]])
    return ends


def main() -> None:
    """Hand in as many of each kind as the command line says."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    for kind in KINDS:
        began = time.perf_counter()
        try:
            ends: object = dict(fuzz(kind, count))
        except AssertionError as error:
            ends = error
        print(f"{kind}: {count} in {time.perf_counter() - began:.0f} s: {ends}")


if __name__ == "__main__":
    main()
