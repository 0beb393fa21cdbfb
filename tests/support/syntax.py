"""Source files as syntax trees, each parsed once: many tests look at all of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def nodes_in(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file, in no particular order."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))
