"""A lock that Yarn could not read is a sentence, before anything is built."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import PlainProgress
from portal.image.lock import lock
from portal.plan import load_plan
from portal.release.release import read_portal

OURS = b"<<<<<<< HEAD\n  version: 1.0.0\n"


def with_conflict(lock: bytes) -> bytes:
    head, _, tail = lock.partition(b"  version:")
    return head + OURS + b"=======\n  version:" + tail + b">>>>>>> main\n"


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "both sides": (with_conflict, "(?i)both sides of a merge"),
    "the second half of a conflict": (lambda lock: lock + b">>>>>>> main\n", "(?i)both sides of a merge"),
    "empty": (lambda _: b"", "not a lock of Yarn's"),
    "another file": (lambda _: b"{}", "not a lock of Yarn's"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_lock_is_refused_by_checks_and_by_lock(damage: str, checkout: Checkout, tmp_path: Path) -> None:
    change, said = DAMAGED[damage]
    file = checkout.app / "yarn.lock"
    file.write_bytes(change(file.read_bytes()))
    _, _, composition = read_portal(checkout)
    with pytest.raises(InputError, match=said) as caught:
        load_plan(checkout, "local")
    assert caught.value.sentence.startswith("app/yarn.lock")
    assert "portal lock" in caught.value.sentence
    with pytest.raises(InputError, match=said):
        lock(composition, checkout.app, tmp_path / "workspace", PlainProgress(io.StringIO()))
    assert not (tmp_path / "workspace").exists()


def test_a_conflict_is_named_by_its_line(checkout: Checkout) -> None:
    file = checkout.app / "yarn.lock"
    file.write_bytes(with_conflict(file.read_bytes()))
    line = file.read_bytes().split(b"\n").index(OURS.split(b"\n")[0]) + 1
    with pytest.raises(InputError) as caught:
        load_plan(checkout, "local")
    assert caught.value.sentence.startswith(f"app/yarn.lock:{line}: ")


def test_a_checkout_without_a_lock_yet_is_told_so(checkout: Checkout) -> None:
    (checkout.app / "yarn.lock").unlink()
    (checkout.app / "config-schema.json").unlink()
    with pytest.raises(InputError, match=r"portal\.yaml has no lock yet"):
        load_plan(checkout, "local")
