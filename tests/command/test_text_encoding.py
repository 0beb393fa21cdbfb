"""A locale without UTF-8 changes nothing about what is read and written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.base.checkout import Checkout

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
