"""Which module imports which, read from the sources: also inside functions, and what only a type checker reads.

Modules that a table names by a text (verbs, targets, database engines) are not seen: that is what such a table is for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.support.syntax import nodes_in
from tests.support.users_files import ROOT

LAYERS = ("portal", "components", "stacks", "policies")

Arrows = Mapping[str, frozenset[str]]


@cache
def sources() -> Mapping[str, Path]:
    """Every module of the product by its name; a package by its own."""
    files = [ROOT / "__main__.py", *(path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py")))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@cache
def imports() -> Arrows:
    """What each module imports: names of modules, of the product's own with the part that is taken from a package."""
    return {module: frozenset(_imported(path)) for module, path in sources().items()}


def package(module: str) -> str:
    """The package of a module of the product: a folder below ``portal`` or ``components`` with all that is in it."""
    first, *rest = module.split(".")
    below = [".".join((first, rest[0]))] if rest and first in {"portal", "components"} else []
    return below[0] if below and (first == "portal" or sources()[below[0]].name == "__init__.py") else first


@cache
def package_arrows() -> Arrows:
    """What each package imports of the others, in the order of names."""
    found: dict[str, set[str]] = {}
    for module, imported in imports().items():
        own = found.setdefault(package(module), set())
        own |= {package(other) for other in imported if other in sources()} - {package(module)}
    return {name: frozenset(others) for name, others in sorted(found.items())}


def reachable(arrows: Arrows, start: str) -> set[str]:
    """Everything that a node leads to; itself where there is a circle."""
    seen: set[str] = set()
    waiting = [*arrows.get(start, ())]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += arrows.get(name, ())
    return seen


def _imported(path: Path) -> Iterator[str]:
    for node in nodes_in(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in sources() else str(node.module) for name in names)
