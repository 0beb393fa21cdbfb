"""What a sentence tells people to run can be copied, whether or not `portal` is on the PATH."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from portal.base.errors import SituationError
from portal.command.copyable import copyable
from portal.command.failure import fail

TEXT = "run `portal lock`, and `portal secrets set A`; portal.yaml and `portal:url` stay"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an environment of its own, whose command is not on the PATH."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


def test_a_command_on_the_path_is_called_by_its_name(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = environment / ".venv" / "bin" / "portal"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(command.parent))
    assert copyable(TEXT) == TEXT


def test_from_the_checkout_it_is_the_path_below_it(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(environment)
    expected = TEXT.replace("`portal lock", "`.venv/bin/portal lock").replace(
        "`portal secrets", "`.venv/bin/portal secrets"
    )
    assert copyable(TEXT) == expected


def test_from_elsewhere_it_is_the_whole_path(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (environment / "elsewhere").mkdir()
    monkeypatch.chdir(environment / "elsewhere")
    fail(SituationError("there is no lock", "run `portal lock`"), machine=False)
    assert capsys.readouterr().err == f"There is no lock. Run `{environment}/.venv/bin/portal lock`.\n"
