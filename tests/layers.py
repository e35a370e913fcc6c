"""The layers and their imports, read from the sources: app → pages → pages/ui → core."""

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
CORE_PACKAGES = {"numpy", "pandas", "pyarrow", "safetensors", "threadpoolctl"}
PLACES = {  # the only modules that import these packages
    "distributed": "core/training/sweep/cluster.py",
    "jinja2": "core/utils/templates.py",
    "loky": "core/training/sweep/engine.py",
    "redis": f"{PAGES}/ui/state/store/redis_store.py",
}
OPTIONAL = {"distributed", "redis"}  # imported only where they are asked for
DYNAMIC = ("import_module", "__import__")


def layer(module: str) -> str | None:
    """Return the layer of a dotted name: "outside" for tests and benchmarks, None for packages."""
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
    """Return the forbidden imports of the file at that path (from the top), with their lines."""
    own = layer(".".join(PurePosixPath(path).with_suffix("").parts))
    if own not in MAY_IMPORT:
        raise ValueError(f"{path} is in no layer")
    return [
        f"{path}:{line}: {module}"
        for module, line in imports(source, path)
        if not _is_allowed(own, path, module)
    ]


def _is_allowed(own: str, path: str, module: str) -> bool:
    target = layer(module)
    if target is not None:
        return target in MAY_IMPORT[own]
    if _package(module) in PLACES:
        return path == PLACES[_package(module)]
    return own != "core" or _package(module) in CORE_PACKAGES | sys.stdlib_module_names


def packages(source: str, path: str) -> set[str]:
    """Return the third-party packages that a source imports."""
    names = {_package(module) for module, _ in imports(source, path) if layer(module) is None}
    return names - sys.stdlib_module_names


def _package(module: str) -> str:
    return module.split(".", 1)[0]


def imports(source: str, path: str) -> Iterator[tuple[str, int]]:
    """Yield each imported name, dotted and absolute, with its line, anywhere in the file."""
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
    return "tests"  # a name known only at run time is forbidden, like the tests


def prints(source: str) -> list[int]:
    """Return the lines that print or use the standard streams."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Name(id="print", lineno=line)
                | ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr", lineno=line)
            ):
                lines.append(line)
    return lines
