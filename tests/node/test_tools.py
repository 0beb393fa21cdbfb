"""What is built from Go modules is pinned to the byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.checkouts import ROOT

MODULES = sorted(path.parent for path in (ROOT / "tools").glob("*/go.mod"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_go_module_is_pinned_with_a_hash(module: Path) -> None:
    """Of a module that is replaced, the replacement."""
    text = (module / "go.mod").read_text()
    replaced = dict(re.findall(r"(\S+)(?: v\S+)? => (\S+ v\S+)", text))
    required = re.findall(r"^(?:require |\t)(\S+) (v\S+)(?: // indirect)?$", text, re.MULTILINE)
    wanted = {replaced.get(name, f"{name} {version}") for name, version in required}
    assert len(wanted) > 10
    hashed = set(re.findall(r"^(\S+ v\S+) h1:\S{44}$", (module / "go.sum").read_text(), re.MULTILINE))
    assert wanted - hashed == set()
