"""``make setup`` says in a sentence what a machine lacks, and leaves nothing behind that would stop the next one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.checkouts import ROOT

# A Python whose answers to the questions of `make setup` are chosen: what it refuses to run.
PYTHON = """\
#!/bin/sh
case "$*" in
  {refused}) echo Traceback >&2; exit 1 ;;
  --version) echo "Python 3.9.2" ;;
  -c*) ;;
  *) touch was-asked-to-install ;;
esac
"""
TOO_OLD = "*version_info*"
# Debian's python3 without python3-venv has the module venv, and no ensurepip for it.
NO_ENSUREPIP = "*ensurepip*"


def set_up(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    (folder / "tools" / "uv").mkdir(parents=True)
    for file in ("requirements.txt", "pyproject.toml", "tools/uv/requirements.txt"):
        (folder / file).touch()
    shutil.copyfile(ROOT / "Makefile", folder / "Makefile")
    command = ["make", "--silent", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (TOO_OLD, "Python 3.11 or newer is needed, and ./python is Python 3.9.2."),
        (NO_ENSUREPIP, "./python cannot make virtual environments. Install what it lacks"),
    ],
    ids=["too-old", "no-ensurepip"],
)
def test_a_python_that_will_not_do_is_a_sentence(tmp_path: Path, refused: str, said: str) -> None:
    python = tmp_path / "python"
    python.write_text(PYTHON.format(refused=refused))
    python.chmod(0o755)
    ended = set_up(tmp_path, "./python")
    assert ended.returncode != 0
    assert ended.stderr.startswith(said)
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / "was-asked-to-install").exists()


def test_no_python_is_a_sentence(tmp_path: Path) -> None:
    ended = set_up(tmp_path, "python-of-nowhere")
    assert ended.returncode != 0
    assert ended.stderr.startswith("Python 3.11 or newer is needed, and there is no python-of-nowhere.")
