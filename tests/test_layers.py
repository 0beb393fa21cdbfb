"""Imports go one way: portal, then components, then stacks. Only two modules of portal know Pulumi."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ORDER = ("portal", "components", "stacks")
KNOW_PULUMI = {"portal/graph/recorder.py"}
FILES = sorted(path for layer in (*ORDER, "policies") for path in (ROOT / layer).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    names = imported(path)
    if layer in ORDER:
        assert not names & set(ORDER[ORDER.index(layer) + 1 :])
    if layer in {"portal", "policies"} and path.relative_to(ROOT).as_posix() not in KNOW_PULUMI:
        assert not {name for name in names if name.startswith("pulumi")}


@pytest.mark.parametrize("path", [p for p in FILES if "components" in p.parts], ids=lambda path: path.name)
def test_components_read_no_files_and_no_configuration(path: Path) -> None:
    assert not imported(path) & {"pathlib", "os", "subprocess", "socket", "time", "datetime", "random", "requests"}
    assert "pulumi.Config" not in path.read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350
