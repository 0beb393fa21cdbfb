"""A locale without UTF-8 changes nothing about what is read and written."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from tests.support.checkouts import ROOT
from tests.support.syntax import nodes_in

PORTAL = Path(sys.executable).with_name("portal")
# What a real ISO-8859 locale does to Python: it reads and writes files in another encoding.
NOT_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TITLE = "Entwickler:innen-Portal für Müller, 東京"


@pytest.mark.parametrize("locale", [NOT_UTF8, {"LC_ALL": "C.UTF-8"}], ids=["not-utf8", "utf8"])
def test_a_title_in_any_letters_is_read_and_printed(locale: dict[str, str], checkout: Checkout) -> None:
    text = checkout.portal_file.read_text(encoding="utf-8")
    checkout.portal_file.write_text(f"# Größe\n{text}\ntitle: {TITLE}\n", encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    ended = subprocess.run(
        [PORTAL, "config"], cwd=checkout.root, env={**inherited, **locale}, capture_output=True, check=False
    )
    assert ended.stderr.decode() == ""
    assert TITLE in ended.stdout.decode("utf-8")


def test_an_error_is_a_sentence_there_too(checkout: Checkout) -> None:
    checkout.portal_file.write_text("backstage: 1.55.0\norganization: Müller\nplügins: []\n", encoding="utf-8")
    ended = subprocess.run(
        [PORTAL, "check"], cwd=checkout.root, env={**os.environ, **NOT_UTF8}, capture_output=True, check=False
    )
    assert ended.returncode == 2
    assert "plügins" in ended.stderr.decode("utf-8")
    assert b"Traceback" not in ended.stderr


def test_every_file_is_read_and_written_in_an_encoding_that_is_named() -> None:
    """`pulumi up` runs the program in whatever locale there is, without the command around it."""
    folders = [ROOT / name for name in ("portal", "components", "stacks", "policies")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    assert [place for path in files for place in unnamed(path)] == []


def unnamed(path: Path) -> Iterator[str]:
    for node in nodes_in(path):
        if not isinstance(node, ast.Call) or any(word.arg == "encoding" for word in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        modes = [word for word in node.args if isinstance(word, ast.Constant) and word.value in {"r", "w", "a", "x"}]
        if len(node.args) == {"read_text": 0, "write_text": 1}.get(name) or (name == "open" and modes):
            yield f"{path}:{node.lineno}"
