"""``make setup`` says in a sentence what a machine lacks, and leaves nothing behind that would stop the next one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
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


# One that makes environments at once: with stand-ins for pip and uv, whose last step makes a stand-in of `portal`.
QUICK = """\
#!/bin/sh
case "$*" in
  "-m venv .venv")
    echo made >> made
    {python} -m venv --without-pip .venv || exit
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    mkdir "$packages/pip" && touch "$packages/pip/__init__.py" "$packages/pip/__main__.py"
    cp "$(dirname "$0")/uv" .venv/bin/uv ;;
  # Nothing here needs pip, and a Python that was only unpacked has no ensurepip.
  *"import ensurepip"*) exec {python} -c 'import venv' ;;
  *) exec {python} "$@" ;;
esac
"""
UV = """\
#!/bin/sh
echo "$*" >> installed
case "$*" in *--editable*)
  printf '#!/bin/sh\\n# %s\\nprintf "%%s\\\\n" "$@"\\n' "$PWD/.venv/bin/python" > .venv/bin/portal
  chmod +x .venv/bin/portal
esac
"""
FOLDERS = ("plain", "my portal", "50% of it", "it's", 'a "b" #1', "$HOME", "ümlaut")


def set_up(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    (folder / "tools" / "uv").mkdir(parents=True, exist_ok=True)
    for file in ("requirements.txt", "pyproject.toml", "tools/uv/requirements.txt"):
        (folder / file).touch()
    shutil.copyfile(ROOT / "Makefile", folder / "Makefile")
    return make(folder, "setup", python)


def make(folder: Path, target: str, python: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", target, f"PYTHON={python}", *words]
    # What runs these tests may be a make itself.
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, cwd=folder, env=outer, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """The path of a Python that makes environments at once."""
    for name, text in (("quick python", QUICK.format(python=f"'{sys.executable}'")), ("uv", UV)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return str(tmp_path / "quick python")


def checkout_in(folder: Path, quick: str) -> Path:
    """A checkout that is set up."""
    folder.mkdir()
    assert set_up(folder, quick).returncode == 0
    (folder / "made").unlink()
    (folder / "installed").unlink()
    return folder


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


@pytest.mark.parametrize("name", FOLDERS)
def test_a_checkout_may_lie_anywhere(name: str, tmp_path: Path, quick: str) -> None:
    folder = checkout_in(tmp_path / name, quick)
    for verb in ("up", "down"):
        ended = make(folder, verb, quick, "ARGS=--stack 'my stack' --delete-data")
        assert ended.stderr == ""
        assert ended.stdout.splitlines() == [verb, "--stack", "my stack", "--delete-data"]
    assert not (folder / "made").exists()
    assert not (folder / "installed").exists()


def no_pip(folder: Path) -> None:
    """What python3 without python3-venv leaves behind on Debian."""
    for pip in (folder / ".venv").rglob("pip"):
        shutil.rmtree(pip)


def no_interpreter(folder: Path) -> None:
    """Its Python was removed, or has another path since an upgrade."""
    (folder / ".venv" / "bin" / "python").unlink()
    (folder / ".venv" / "bin" / "python").symlink_to("/usr/bin/python-of-nowhere")


def another_version(folder: Path) -> None:
    """The packages of a Python that was upgraded: today's looks into a folder of another name."""
    (library,) = (folder / ".venv" / "lib").glob("python3*")
    library.rename(library.with_name("python3.9"))


def too_old(folder: Path) -> None:
    """An environment of a Python that will not do."""
    (folder / ".venv" / "bin" / "python").unlink()
    (folder / ".venv" / "bin" / "python").write_text(PYTHON.format(refused=TOO_OLD))
    (folder / ".venv" / "bin" / "python").chmod(0o755)


def another_environment(folder: Path) -> None:
    """The Python in it is one of somewhere else."""
    (folder / ".venv" / "pyvenv.cfg").unlink()


def not_installed(folder: Path) -> None:
    """Interrupted before its end."""
    (folder / ".venv" / "bin" / "portal").unlink()


def not_a_folder(folder: Path) -> None:
    """Something else of that name."""
    shutil.rmtree(folder / ".venv")
    (folder / ".venv").touch()


def half_made(folder: Path) -> None:
    """Both: it was never finished, and has no pip."""
    (folder / ".venv" / ".complete").unlink()
    no_pip(folder)


BREAKS = (half_made, no_pip, no_interpreter, another_version, too_old, another_environment, not_installed, not_a_folder)


@pytest.mark.parametrize("break_it", BREAKS)
def test_an_environment_that_is_no_good_is_made_anew(
    break_it: Callable[[Path], None], tmp_path: Path, quick: str
) -> None:
    folder = checkout_in(tmp_path / "a portal", quick)
    break_it(folder)
    ended = make(folder, "up", quick)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "up"), ended.stderr
    assert (folder / "made").read_text() == "made\n"
    assert make(folder, "down", quick).stdout == "down\n"


def test_a_checkout_that_was_moved_is_set_up_again(tmp_path: Path, quick: str) -> None:
    folder = checkout_in(tmp_path / "before", quick).rename(tmp_path / "after wards")
    assert make(folder, "up", quick).stdout.splitlines()[-1] == "up"
    assert (folder / "made").read_text() == "made\n"
    assert str(folder) in (folder / ".venv" / "bin" / "portal").read_text()


def test_the_environment_of_another_checkout_stays_whole(tmp_path: Path, quick: str) -> None:
    """A checkout of the tests has it by a link."""
    other = checkout_in(tmp_path / "other", quick)
    folder = checkout_in(tmp_path / "a portal", quick)
    shutil.rmtree(folder / ".venv")
    (folder / ".venv").symlink_to(other / ".venv")
    assert make(folder, "up", quick).stdout.splitlines()[-1] == "up"
    assert not (folder / ".venv").is_symlink()
    assert make(other, "up", quick).stdout == "up\n"


def test_a_colon_in_the_path_is_a_sentence(tmp_path: Path, quick: str) -> None:
    (tmp_path / "a:b").mkdir()
    ended = set_up(tmp_path / "a:b", quick)
    assert ended.returncode == 2
    assert "A folder with a colon in its path cannot hold a virtual environment. Move the checkout" in ended.stderr
