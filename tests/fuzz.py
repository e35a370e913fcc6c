"""Damaged inputs from a seed: links, run files, bundles, answers, exercises, messages.

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
from contextlib import suppress
from functools import cache
from typing import Any

from core.checking.assignment import BundleError, read_bundle, write_bundle
from core.checking.exercise_text import ExerciseTextError, read_exercise
from core.checking.grading import mark_bytes
from core.dataset.preparation import DatasetError
from core.gradients import gradients
from core.network import Network
from core.table.csv_table import read_csv
from core.training.run_file import RunFileError
from pages.ui.chain_rule.scene import BrowserSelection
from pages.ui.check.bug_lab_server import BrowserMessage
from pages.ui.data.paste import read_table
from pages.ui.runs.landscape.server import LandscapeMessage
from pages.ui.runs.sweep.server import Display
from pages.ui.runs.two_runs.server import BrowserMessage as PairMessage
from pages.ui.state.drafts import Draft, File, mazur
from pages.ui.state.message import Message
from pages.ui.state.permalink import Permalink, PermalinkError
from pages.ui.state.session import Session
from pages.ui.state.session_file import load, run_bytes
from pages.ui.state.stage_request import StageRequest
from pages.ui.state.store.session_record import read_session, write_session
from pages.ui.train.stage import respond
from tests.bounds import limit_usage
from tests.core.oracles import XOR_X, XOR_Y

SECONDS = 5.0  # at most, on a slow machine; what grows with the square takes more
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
    """Return sessions to make links, files and bundles of: trained, changed and branched."""
    plain, iris = Session(), Session()
    iris.use(Draft.of_sample("iris"))
    for session in (plain, iris):
        session.run.advance(40)
        session.keep_run(session.current.identifier)
        session.retry(30, session.settings)
        session.run.advance(10)
        session.report(35, playing=False)
    return plain, iris


def link(chance: Chance) -> dict[str, str]:
    """Return the parameters of an address."""
    params = Permalink.of(chance.choice(runs())).params
    fields = json.loads(zlib.decompress(base64.urlsafe_b64decode(params["setup"] + "==")))
    if chance.random() < 0.7:
        text = json.dumps(corrupt(fields, chance)).encode()
        params["setup"] = base64.urlsafe_b64encode(zlib.compress(text)).decode()
    else:
        name = chance.choice(list(params))
        params[name] = cut(params[name].encode(), chance).decode(errors="replace")
    return params


def open_link(params: dict[str, str]) -> str:
    """Open a link as the page does."""
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
    """Return a run file."""
    good = run_bytes(chance.choice(runs()), kept=chance.random() < 0.5)
    return archive(with_damaged_run(good, chance), "run.json", chance)


def with_damaged_run(good: bytes, chance: Chance) -> bytes:
    """Return a run file whose kept run, if any, has other JSON in its header."""
    files = members(good)
    if "runs/1.zip" not in files or chance.random() < 0.5:
        return good
    inner = members(files["runs/1.zip"])
    inner["run.json"] = json.dumps(corrupt(json.loads(inner["run.json"]), chance)).encode()
    return packed({**files, "runs/1.zip": packed(inner, zipfile.ZIP_STORED)})


def members(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def load_run(data: bytes) -> str:
    """Load a run file as the page does."""
    try:
        load(Session(), data)
    except (RunFileError, PermalinkError) as error:
        return sentence(error)
    return "taken"


@cache
def records() -> tuple[tuple[bytes, dict[str, bytes]], ...]:
    """Return records of sessions with their files: of samples, of an upload, of an exercise."""
    *_, iris = runs()
    own = Session()
    file = File(
        "1",
        "own.csv",
        b"a;b;t\n" + b"".join(b"%d;%d,5;%d\n" % (n, n % 7, n % 2) for n in range(30)),
    )
    own.upload = Draft.of_table(read_csv(file.data, name=file.name), file)
    own.use(own.upload)
    own.run.advance(20)
    own.keep_run(own.current.identifier)
    own.pasted = read_table("a b\n1 2\n3 4\n", own.pasted)
    own.use(mazur())
    return write_session(iris), write_session(own)


def record(chance: Chance) -> tuple[bytes, dict[str, bytes]]:
    """Return a session's record, and the files of a store that may have lost or changed one."""
    good, files = chance.choice(records())
    if files and chance.random() < 0.1:
        name = chance.choice(list(files))
        files = {**files, name: cut(files[name], chance)}
        if chance.random() < 0.5:
            del files[name]
        return good, files
    if chance.random() < 0.5:  # the notes alone
        inside = members(good)
        header = json.loads(inside["run.json"])
        header["about"] = corrupt(header["about"], chance)
        return packed({**inside, "run.json": json.dumps(header).encode()}), files
    return archive(with_damaged_run(good, chance), "run.json", chance), files


def open_record(given: tuple[bytes, dict[str, bytes]]) -> str:
    """Read a record as the store does; what is taken can be shown and written again."""
    data, files = given
    try:
        session = read_session(data, files.get).session
    except (RunFileError, PermalinkError) as error:
        return sentence(error)
    assert session.current.identifier in session.runs.labels
    for draft in (session.sample, session.upload, session.pasted.draft):
        with suppress(DatasetError):
            assert draft is None or draft.plan()
    with suppress(ValueError):
        session.typed.prepare()
    write_session(session)
    return "taken"


def bundle(chance: Chance) -> bytes:
    """Return an assignment's bundle."""
    run = chance.choice(runs()).run
    return archive(write_bundle(run.network, run.X[:20], run.y[:20]), "bundle.json", chance)


def open_bundle(data: bytes) -> str:
    """Read a bundle as the page does."""
    try:
        read_bundle(data)
    except BundleError as error:
        return sentence(error)
    return "taken"


def gradient_text(chance: Chance) -> bytes:
    """Return gradients in one of the notations."""
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
    return splice(chance.choice(texts), chance).encode(errors="surrogatepass")


def grade(data: bytes) -> str:
    """Grade an answer as the page does."""
    given = read_bundle(write_bundle(Network.init(2, 3), XOR_X, XOR_Y))
    row = mark_bytes(given, "mia.txt", data)
    assert row.comment.endswith((".", "?")), row.comment
    row.comment.encode()
    return row.verdict


def exercise(chance: Chance) -> str:
    """Return X, y and weights as text."""
    text = "X = np.array([[0, 0], [0, 1]])\ny = [0 1]\nW1 = [0.15 0.25; 0.20 0.30]\nb1 = 0.35\n"
    return splice(text + "W2 = [0.4; 0.5; 0.6]\n", chance)


def read_text(text: str) -> str:
    """Read an exercise as the page does."""
    try:
        read_exercise(text)
    except ExerciseTextError as error:
        return sentence(error)
    return "taken"


def message(chance: Chance) -> object:
    """Return a component's message."""
    fields: dict[str, Any] = {
        "sequence": 1, "token": runs()[0].current.token, "epoch": 3, "playing": False, "after": 2,
        "frames": 5, "stride": 2, "known_losses": 3, "views": ["gradients", "surface", "score"],
        "plane_x": 0, "plane_y": 1, "plane_output": -1, "known_plane": "", "sample": 1,
        "scores_after": 2, "norms_after": 2,
        "rest": True, "action": "unfreeze",
        "layer": 2, "row": 1, "column": 0, "output": 0, "lacks": "", "frame": 3, "has": "",
    }  # fmt: skip
    return corrupt(fields, chance)


def send_message(fields: object) -> str:
    """Parse a message as the server does."""
    session = runs()[0]
    respond(session, StageRequest.parse(fields))
    pick = BrowserSelection.parse(fields)
    session.look(output=pick.output, weight=pick.weight)
    BrowserMessage.parse(fields)
    PairMessage.parse(fields)
    LandscapeMessage.parse(fields)
    Display().update(Message(fields), cells=4)
    return "taken"


def corrupt(value: Any, chance: Chance) -> Any:
    """Return JSON with another value in one place."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        at = chance.choice(list(keys))
        changed = dict(value) if isinstance(value, dict) else list(value)
        changed[at] = corrupt(value[at], chance)
        return changed
    return chance.choice(ODD)


def archive(good: bytes, header: str, chance: Chance) -> bytes:
    """Return a zip with a few other bytes, members, compression methods, or other JSON."""
    if chance.random() < 0.3:
        return cut(good, chance)
    files = members(good)
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
            files[header] = json.dumps(corrupt(json.loads(files[header]), chance)).encode()
    methods = [zipfile.ZIP_DEFLATED] * 18 + [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]
    written = packed(files, chance.choice(methods))
    return cut(written, chance) if chance.random() < 0.2 else written


def cut(data: bytes, chance: Chance) -> bytes:
    """Return the bytes with some replaced, cut, or repeated."""
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


def splice(text: str, chance: Chance) -> str:
    """Return a text with other pieces inserted, some of them very often."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        often = chance.choice([1, 1, 1, 7, 5000])
        text = text[:at] + chance.choice(PIECES) * often + text[at + chance.randrange(9) :]
    return text


def sentence(error: Exception) -> str:
    """Check that an error is one sentence that can be shown."""
    text = str(error)
    assert text.endswith((".", "?")), text
    assert "\n" not in text, text
    assert len(text) < 600, text
    text.encode()
    return "refused"


KINDS: dict[str, tuple[Callable[[Chance], Any], Callable[[Any], str]]] = {
    "links": (link, open_link),
    "run files": (run_file, load_run),
    "records": (record, open_record),
    "bundles": (bundle, open_bundle),
    "answers": (gradient_text, grade),
    "exercises": (exercise, read_text),
    "messages": (message, send_message),
}


def fuzz(kind: str, count: int) -> Counter[str]:
    """Try `count` inputs of a kind; raises AssertionError with those that fail otherwise."""
    make, read = KINDS[kind]
    ends: Counter[str] = Counter()
    wrong = []
    for seed in range(count):
        data = make(Chance(seed))
        size = len(data) if isinstance(data, bytes | str) else len(repr(data))
        try:
            with limit_usage(f"seed {seed}", size, SECONDS) as spent:
                ends[read(data)] += 1
        except Exception as error:
            wrong.append(f"seed {seed}: {error!r}"[:300])
        ends["ms at most"] = max(ends["ms at most"], round(1000 * spent.seconds))
        ends["MB at most"] = max(ends["MB at most"], round(spent.megabytes))
    assert not wrong, "\n".join([f"{kind}, {len(wrong)} of {count}:", *wrong[:10]])
    return ends


def main() -> None:
    """Try as many inputs of each kind as the command line says."""
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
