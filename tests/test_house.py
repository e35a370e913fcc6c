"""The repository: layers, folders, the README's promises, and the tools' results."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from fnmatch import fnmatch
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from pages.ui.state.store.redis_store import PACKAGE_TEXT
from tests.layers import OPTIONAL, PAGES, packages, prints, violations
from tests.paths import ROOT
from tests.rooms import HOUSES, graph, rooms

TOP = {
    ".ci", ".gitignore", ".streamlit", "LICENSE", "README.md", "app.py", "benchmarks", "core",
    "deploy", "pyproject.toml", "requirements.txt", "tests", PAGES,
}  # fmt: skip
# Put together here, so that this file does not name them either.
MACHINE = [f"/{folder}/" for folder in ("work", "tmp", "root")]
HOSTS = [
    f"{name}.{top}"
    for name, top in (
        ("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"), ("npmjs", "com"),
        ("npmjs", "org"), ("unpkg", "com"), ("jsdelivr", "net"), ("crates", "io"),
    )
]  # fmt: skip


@cache
def files() -> list[str]:
    """Return the repository's files: from git, or without git, those that are not ignored."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (FileNotFoundError, subprocess.CalledProcessError):
        listed = [path.relative_to(ROOT).as_posix() for path in _unignored()]
    return [name for name in listed if (ROOT / name).is_file()]


def _unignored() -> list[Path]:
    patterns = [".git", *(line.rstrip("/") for line in text(".gitignore").split())]
    return [
        Path(folder, name)
        for folder, _, names in os.walk(ROOT)
        for name in names
        if not any(
            fnmatch(part, pattern)
            for part in Path(folder, name).relative_to(ROOT).parts
            for pattern in patterns
        )
    ]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sources(*tops: str) -> list[str]:
    return [name for name in files() if name.endswith(".py") and name.split("/")[0] in tops]


def commands() -> list[str]:
    """Return the README's code blocks."""
    return re.findall(r"^```\w*\n(.*?)\n```$", text("README.md"), re.DOTALL | re.MULTILINE)


# Layers


def test_imports_run_one_way() -> None:
    checked = sources("app.py", PAGES, "core")
    assert len(checked) > 10
    assert [found for name in checked for found in violations(text(name), name)] == []


def test_what_was_computed_of_an_object_is_kept_in_one_place() -> None:
    kept = [name for name in sources("app.py", PAGES, "core") if "WeakKeyDictionary" in text(name)]
    assert kept == ["core/utils/latest.py"]


@pytest.mark.parametrize(
    ("path", "planted"),
    [
        ("core/network.py", "import streamlit"),
        ("core/network.py", "def late():\n    from plotly import graph_objects"),
        ("core/table/reading/rows.py", f"from {PAGES}.ui.state import names"),
        ("core/table/reading/rows.py", f"from ....{PAGES} import ui"),
        ("core/network.py", "from importlib import import_module\nimport_module('app')"),
        ("core/network.py", "import importlib\nimportlib.import_module(name)"),
        ("core/network.py", "import scipy.special"),
        ("core/export/source.py", "import jinja2"),
        ("core/training/run.py", "import loky"),
        (f"{PAGES}/train.py", "from distributed import Client"),
        (f"{PAGES}/ui/state/session.py", "def late():\n    from redis import Redis"),
        (f"{PAGES}/train.py", "from jinja2 import Template"),
        ("core/network.py", "import tests.core.oracles"),
        (f"{PAGES}/ui/state/names.py", f"from {PAGES} import train"),
        (f"{PAGES}/ui/state/names.py", "import app"),
        (f"{PAGES}/train.py", f"import {PAGES}.data"),
        (f"{PAGES}/train.py", "from . import data"),
        (f"{PAGES}/train.py", f"import {PAGES}"),
        ("app.py", "from benchmarks import stage"),
    ],
)
def test_a_planted_violation_is_found(path: str, planted: str) -> None:
    assert len(violations(planted, path)) == 1


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("app.py", f"from {PAGES}.train import main"),
        (f"{PAGES}/train.py", f"from {PAGES}.ui.style import figures\nimport streamlit"),
        (
            f"{PAGES}/ui/state/names.py",
            f"from .session import Session\nimport {PAGES}.ui.train.stage",
        ),
        ("core/network.py", "import sys, numpy as np\nfrom core.losses import LOSSES"),
        ("core/table/reading/rows.py", "from ..table import Table\nfrom . import limits"),
        ("core/utils/templates.py", "from jinja2 import Environment"),
        ("core/training/sweep/cluster.py", "def late():\n    from distributed import Client"),
        (f"{PAGES}/ui/state/store/redis_store.py", "def late():\n    from redis import Redis"),
    ],
)
def test_what_is_allowed_passes(path: str, allowed: str) -> None:
    assert violations(allowed, path) == []


def test_every_package_required_is_in_use_or_bounded_for_streamlit() -> None:
    required = names_of(text("requirements.txt"))
    parts = [packages(text(name), name) for name in sources("app.py", PAGES, "core")]
    in_use = set().union(*parts)
    assert in_use - required == OPTIONAL
    assert required - in_use <= dependencies_of("streamlit")


def names_of(requirements: str) -> set[str]:
    lines = requirements.splitlines()
    return {re.split(r"[\[<>=]", line)[0] for line in lines if not line.startswith("-r")}


def dependencies_of(package: str) -> set[str]:
    """Return the installed dependencies of a package, direct and indirect."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        lines = distribution(waiting.pop()).requires or []
        names = {re.split(r"[^\w-]", line)[0].lower() for line in lines if "extra ==" not in line}
        here = {name for name in names if is_installed(name)}  # others are for another system
        waiting += here - found
        found |= here
    return found


def is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def test_core_prints_nothing() -> None:
    assert {name: prints(text(name)) for name in sources("core") if prints(text(name))} == {}
    assert prints("import sys\nprint(1)\nsys.stdout.write('1')\nfingerprint(1)") == [2, 3]


# Rooms

MOST_ROOMS, MOST_MODULES = 13, 18
OF_A_PAGE = {"runs", "data", "train", "chain_rule", "derivation", "check", "predict", "save"}
# The chain rule's parts and the derivation's equations are shown elsewhere, too.
MAY_USE = {
    "check": {"chain_rule"},
    "derivation": {"chain_rule"},
    "runs": {"chain_rule"},
    "train": {"chain_rule"},
    "save": {"chain_rule", "derivation", "train"},
}


@cache
def house() -> dict[str, str]:
    return {name: text(name) for name in sources(PAGES, "core")}


def test_no_import_goes_round_in_a_circle() -> None:
    TopologicalSorter(graph(house())).prepare()
    with pytest.raises(CycleError):
        TopologicalSorter(
            graph({"core/a.py": "import core.b", "core/b.py": "import core.a"})
        ).prepare()


@pytest.mark.parametrize("name", HOUSES)
def test_rooms_are_few_and_stand_on_floors(name: str) -> None:
    found = rooms(house(), name)
    assert 1 < len(found) <= MOST_ROOMS


def test_no_page_uses_what_is_of_another() -> None:
    found = rooms(house(), f"{PAGES}.ui")
    assert found.keys() >= OF_A_PAGE
    crossing = {name: found[name].uses & OF_A_PAGE for name in OF_A_PAGE}
    assert {name: others for name, others in crossing.items() if others} == MAY_USE


def test_no_folder_is_too_full() -> None:
    many = Counter(Path(name).parent for name in house() if not name.endswith("__init__.py"))
    assert {folder: count for folder, count in many.items() if count > MOST_MODULES} == {}


def test_each_front_door_names_all_that_is_behind_it() -> None:
    behind = {(Path(name).parent, Path(name).stem) for name in house()}
    behind = {
        (path.parent, path.name) if stem == "__init__" else (path, stem) for path, stem in behind
    }
    unnamed = [
        f"{folder}/{name}"
        for folder, name in behind
        if folder not in (Path(), Path(PAGES)) and name != "__main__"
        if not re.search(rf"\b{name}\b", text(f"{folder}/__init__.py"))
    ]
    assert sorted(unnamed) == []


# Files and folders


def test_the_top_holds_the_house_and_nothing_else() -> None:
    assert {name.split("/")[0] for name in files()} <= TOP


def test_each_page_is_in_the_navigation_and_makes_sure_of_its_frame() -> None:
    """Opened first by its address, a script runs without: see `pages.ui.frame.navigation`."""
    named = re.findall(rf'\("({PAGES}/[^"]+)", "', text(f"{PAGES}/ui/state/page_list.py"))
    scripts = [name for name in sources(PAGES) if name.count("/") == 1]
    assert {*named} == {*scripts} - {f"{PAGES}/__init__.py"}
    for name in named:
        runs = [ast.unparse(step) for step in ast.parse(text(name)).body if _runs(step)]
        assert runs == ["ensure_frame()", "main()"]


def _runs(step: ast.stmt) -> bool:
    match step:
        case ast.Expr(value=ast.Call()):
            return True
    return False


def test_no_file_names_this_machine_or_a_registry() -> None:
    found = []
    for name in files():
        content = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {word}" for word in MACHINE + HOSTS if word in content]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_each_requirement_is_a_range_with_two_ends(name: str) -> None:
    lines = [line for line in text(name).split("\n") if line and not line.startswith("-r ")]
    bounded = re.compile(r"[a-z][a-z0-9-]*(\[[a-z]+\])?>=[\d.]+,<[\d.]+")
    assert [line for line in lines if not bounded.fullmatch(line)] == []


# The README


def test_its_two_commands_come_first_and_are_one_line_each() -> None:
    start, test = commands()[:2]
    for command in (start, test):
        assert "\n" not in command
    assert start.endswith("streamlit run app.py")
    assert "/pytest" in test


def test_its_first_command_asks_nothing_back() -> None:
    """On a desk, Streamlit would first ask for an e-mail address, and the app would not start."""
    assert tomllib.loads(text(".streamlit/config.toml"))["server"]["showEmailPrompt"] is False


def test_ci_runs_its_second_command_to_the_letter() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert text(".ci/run").splitlines()[-1] == commands()[1]


def test_its_second_command_demands_coverage_of_core() -> None:
    """`pytest --cov` takes both from here; without --cov a part of the tests may run alone."""
    coverage = tomllib.loads(text("pyproject.toml"))["tool"]["coverage"]
    assert commands()[1].endswith(" --cov")
    assert coverage["run"]["source"] == ["core"]
    assert coverage["report"]["fail_under"] >= 95


def test_its_links_and_pictures_exist() -> None:
    readme = text("README.md")
    targets = re.findall(r"\]\(([^)#\s]+)", readme) + re.findall(r'(?:src|href)="([^"]+)"', readme)
    local = [target for target in targets if "://" not in target]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_it_says_of_each_dependency_why_it_is_there() -> None:
    names = names_of(text("requirements.txt") + text("tests/requirements.txt"))
    assert {name for name in names if f"**{name}**" not in text("README.md")} == set()


def test_it_asks_for_optional_packages_in_the_versions_that_are_tested() -> None:
    asked = set(re.findall(r'"([a-z]+>=[^"]+)"', text("README.md")))
    assert names_of("\n".join(asked)) == OPTIONAL
    assert asked <= set(text("tests/requirements.txt").splitlines())
    assert set(re.findall(r'"([^"]+)"', PACKAGE_TEXT)) <= asked


# The tools


@pytest.mark.parametrize("arguments", ["ruff check", "ruff format --check", "mypy"])
def test_a_tool_finds_nothing(arguments: str) -> None:
    command = [sys.executable, "-m", *arguments.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


MOST_LINES = 7  # that two places of the product may share


def test_no_lines_of_the_product_stand_twice(tmp_path: Path) -> None:
    product = [name for name in files() if name.startswith(("app.py", "core/", f"{PAGES}/"))]
    code = [name for name in product if name.endswith((".py", ".js", ".css", ".jinja"))]
    assert shared_lines(code) == "duplicates=0"
    copy = tmp_path / "copy.js"
    copy.write_text(text(f"{PAGES}/ui/live/player/exchange.js"), encoding="utf-8")
    assert shared_lines([*code, str(copy)]) != "duplicates=0"


def shared_lines(names: list[str]) -> str:
    """Return what pylint says of the lines that stand twice in these files."""
    command = [sys.executable, "-m", "pylint.checkers.symilar", f"--duplicates={MOST_LINES + 1}"]
    done = subprocess.run([*command, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    total = re.search(r"^TOTAL lines=\d+ (duplicates=\d+)", done.stdout, re.MULTILINE)
    assert total, done.stdout + done.stderr
    return total[1]
