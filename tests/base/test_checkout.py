"""Whose checkout a command works in, and who else may look into what it keeps there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout, cache_folder
from portal.base.errors import InputError
from tests.command.in_process import portal

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout of mine. Git has no settings."""
    root = tmp_path / "checkout"
    (root / "stacks" / "deep").mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py", "portal.yaml"):
        (root / name).touch()
    monkeypatch.delenv("SUDO_UID", raising=False)
    for scope in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{scope}", str(tmp_path / scope))
    return root


def give(name: str) -> Callable[[Path], None]:
    return lambda root: os.chown(root / name, NOBODY, NOBODY)


def link_of_nobody(root: Path) -> None:
    (root / "app").symlink_to(root / "stacks")
    os.lchown(root / "app", NOBODY, NOBODY)


def link_to_nobodys(root: Path) -> None:
    (root / "__main__.py").unlink()
    (root.parent / "theirs").touch()
    os.chown(root.parent / "theirs", NOBODY, NOBODY)
    (root / "__main__.py").symlink_to(root.parent / "theirs")


def open_folder(root: Path) -> None:
    """As in /tmp: root's folder, and somebody else put a program there."""
    root.chmod(0o1777)
    give("__main__.py")(root)


FOREIGN = (
    give(""),
    give("Pulumi.yaml"),
    give("__main__.py"),
    give("stacks"),
    link_of_nobody,
    link_to_nobodys,
    open_folder,
)


@as_root
@pytest.mark.parametrize("make_foreign", FOREIGN)
def test_a_checkout_of_somebody_else_is_refused(make_foreign: Callable[[Path], None], mine: Path) -> None:
    make_foreign(mine)
    with pytest.raises(InputError, match=r"belongs to nobody, .*git config --global --add safe\.directory") as caught:
        Checkout.containing(mine / "stacks" / "deep")
    assert str(mine) in str(caught.value)


@as_root
def test_its_program_is_not_run(mine: Path) -> None:
    (mine / "__main__.py").write_text("open('ran', 'w').close()\n")
    give("")(mine)
    ended = portal("render", cwd=mine / "stacks")
    assert ended.returncode == 2
    assert "belongs to nobody" in ended.stderr
    assert not (mine / "ran").exists()
    assert not (mine / ".portal").exists()


def test_mine_is_taken_and_so_is_one_that_my_group_may_write_to(mine: Path) -> None:
    mine.chmod(0o775)
    assert Checkout.containing(mine / "stacks" / "deep").root == mine


@as_root
def test_roots_is_taken_by_others_and_sudo_takes_the_callers(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 1234)
        assert Checkout.containing(mine).root == mine
    give("")(mine)
    give("Pulumi.yaml")(mine)
    monkeypatch.setenv("SUDO_UID", str(NOBODY))
    assert Checkout.containing(mine).root == mine
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(InputError, match="belongs to nobody"):
        Checkout.containing(mine)


@as_root
@pytest.mark.parametrize(
    ("values", "trusted"),
    [
        (["{root}"], True),
        (["*"], True),
        (["{root}/../*"], False),
        (["{parent}/*"], True),
        (["/elsewhere"], False),
        (["{root}", ""], False),
        (["", "{root}"], True),
        (["{root}/stacks"], False),
    ],
)
def test_whom_git_trusts_is_trusted(values: list[str], trusted: bool, mine: Path, tmp_path: Path) -> None:
    give("")(mine)
    lines = [f"  directory = {value.format(root=mine, parent=mine.parent)}\n" for value in values]
    (tmp_path / "GLOBAL").write_text("[safe]\n" + "".join(lines))
    # What is inside the checkout does not vouch for it.
    (mine / ".git").mkdir()
    (mine / ".git" / "config").write_text("[safe]\n  directory = *\n")
    if trusted:
        assert Checkout.containing(mine).root == mine
    else:
        with pytest.raises(InputError, match="belongs to nobody"):
            Checkout.containing(mine)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("before", [None, 0o777, 0o755])
def test_what_commands_keep_is_the_users_own(umask: int, before: int | None, mine: Path) -> None:
    checkout = Checkout(mine)
    if before is not None:
        checkout.state.mkdir()
        checkout.state.chmod(before)
    kept = os.umask(umask)
    try:
        checkout.guard_state()
    finally:
        os.umask(kept)
    assert checkout.state.stat().st_mode & 0o777 == 0o700


def test_it_may_be_a_link_to_a_bigger_disk(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    (mine / ".portal").symlink_to(tmp_path / "disk")
    Checkout(mine).guard_state()
    assert (tmp_path / "disk").stat().st_mode & 0o777 == 0o700
    (tmp_path / "disk").rmdir()
    with pytest.raises(InputError, match=r"is a link to .*disk, and nothing is there. Make that folder"):
        Checkout(mine).guard_state()


def test_what_keeps_nothing_leaves_nothing(mine: Path) -> None:
    assert portal("check", cwd=mine).returncode == 2
    assert not (mine / ".portal").exists()


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder() == Path.home() / ".cache" / "portal"
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_folder() == Path("/elsewhere/portal")
