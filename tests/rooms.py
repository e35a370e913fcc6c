"""The rooms of the house: what each holds and uses. `python -m tests.rooms` prints them.

A room is a folder or a module at the top of `core` or of `pages/ui`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from tests.layers import imports
from tests.paths import ROOT

HOUSES = ("core", "pages.ui")
Graph = dict[str, set[str]]  # modules by module that imports them


@dataclass
class Room:
    """The size of a room, and the other rooms of the same house that it imports."""

    modules: int = 0
    lines: int = 0
    uses: set[str] = field(default_factory=set)


def name_of(path: str) -> str:
    """Return the dotted name of the module at that path; a package's is its folder's."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def graph(sources: Mapping[str, str]) -> Graph:
    """Return which of these sources, by path, imports which."""
    modules = {name_of(path) for path in sources}
    return {
        name_of(path): {
            found
            for name, _ in imports(source, path)
            if (found := _module(name, modules)) and found != name_of(path)
        }
        for path, source in sources.items()
    }


def _module(name: str, modules: set[str]) -> str | None:
    """Return the module that an imported name is, or is defined in."""
    return next((it for it in (name, name.rpartition(".")[0]) if it in modules), None)


def room_of(module: str, house: str) -> str | None:
    """Return the room of a module in that house."""
    inside = module.removeprefix(f"{house}.")
    return inside.split(".")[0] if inside != module else None


def rooms(sources: Mapping[str, str], house: str) -> dict[str, Room]:
    """Return the rooms of that house, imported ones first. Raises CycleError for a circle."""
    found: dict[str, Room] = {}
    for path, source in sources.items():
        if name := room_of(name_of(path), house):
            room = found.setdefault(name, Room())
            room.modules += not path.endswith("__init__.py")
            room.lines += source.count("\n")
    for module, used in graph(sources).items():
        if name := room_of(module, house):
            found[name].uses |= {other for it in used if (other := room_of(it, house))} - {name}
    order = TopologicalSorter({name: room.uses for name, room in found.items()}).static_order()
    return {name: found[name] for name in order}


def floors(found: Mapping[str, Room]) -> dict[str, int]:
    """Return the floor of each room: one above the highest that it uses."""
    level: dict[str, int] = {}
    for name, room in found.items():
        level[name] = 1 + max((level[other] for other in room.uses), default=0)
    return level


def read(paths: Iterable[Path]) -> dict[str, str]:
    """Return sources by path from the top."""
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def main() -> None:
    """Print each house: its rooms floor by floor, their sizes, their arrows."""
    sources = read(path for top in ("core", "pages") for path in sorted((ROOT / top).rglob("*.py")))
    for house in HOUSES:
        found = rooms(sources, house)
        level = floors(found)
        arrows = sum(len(room.uses) for room in found.values())
        print(f"{house}: {len(found)} rooms on {max(level.values())} floors, {arrows} arrows")
        for name in sorted(found, key=lambda it: (level[it], it)):
            room = found[name]
            size = f"{room.modules:3} modules {room.lines:6,} lines"
            print(f"  {level[name]} {name:12} {size}  uses {', '.join(sorted(room.uses)) or '-'}")


if __name__ == "__main__":
    main()
