"""Who may import whom, read from the sources: app → pages → pages/ui → core."""

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

PAGES = "pages"
MAY_IMPORT = {
    "app": {"page", "ui", "core"},
    "page": {"ui", "core"},  # and never a page
    "ui": {"ui", "core"},
    "core": {"core"},
}
CORE_PACKAGES = {"numpy", "pandas", "pyarrow", "threadpoolctl"}
DYNAMIC = ("import_module", "__import__")


def layer(module: str) -> str | None:
    """The layer of a dotted name; "outside" is ours but no layer's, None is not ours."""
    match module.split("."):
        case ["app"]:
            return "app"
        case ["core", *_]:
            return "core"
        case [folder, "ui", *_] if folder == PAGES:
            return "ui"
        case [folder, *_] if folder == PAGES:
            return "page"
        case ["tests" | "benchmarks", *_]:
            return "outside"
    return None


def violations(source: str, path: str) -> list[str]:
    """What the file at that path (from the top, with slashes) must not import, with its line."""
    own = layer(".".join(PurePosixPath(path).with_suffix("").parts))
    if own not in MAY_IMPORT:
        raise ValueError(f"{path} is in no layer")
    return [
        f"{path}:{line}: {module}"
        for module, line in imports(source, path)
        if not _may(own, module)
    ]


def _may(own: str, module: str) -> bool:
    target = layer(module)
    if target is not None:
        return target in MAY_IMPORT[own]
    return own != "core" or _package(module) in CORE_PACKAGES | sys.stdlib_module_names


def packages(source: str, path: str) -> set[str]:
    """The packages of others, outside the standard library, that a source imports."""
    names = {_package(module) for module, _ in imports(source, path) if layer(module) is None}
    return names - sys.stdlib_module_names


def _package(module: str) -> str:
    return module.split(".", 1)[0]


def imports(source: str, path: str) -> Iterator[tuple[str, int]]:
    """Each imported name, dotted and absolute, with its line, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source, path)):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(names=names):
                base = _base(node, path)
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in DYNAMIC:
                yield _dynamic(node), node.lineno


def _base(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    package = PurePosixPath(path).parts[: -node.level]
    return ".".join([*package, *filter(None, [node.module])])


def _dynamic(call: ast.Call) -> str:
    match call.args:
        case [ast.Constant(value=str(module)), *_]:
            return module
    return "tests"  # a name that is known only when it runs: as forbidden as the tests


def prints(source: str) -> list[int]:
    """The lines that print or touch the standard streams."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Name(id="print", lineno=line)
                | ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr", lineno=line)
            ):
                lines.append(line)
    return lines
