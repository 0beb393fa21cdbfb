"""`portal doctor` on machines that have less than this one."""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple

import pytest

from portal.base.checkout import Checkout
from portal.command.context import Context
from portal.command.verbs import doctor


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers, in bytes."""

    total: int
    used: int
    free: int


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_whatever_is_missing_comes_with_what_to_do(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    def full(_: object) -> Usage:
        return Usage(2**40, 2**40, 0)

    def nothing(*_: object, **__: object) -> None:
        """No program is on the PATH."""

    def somebody() -> int:
        return 1000

    monkeypatch.setattr(shutil, "disk_usage", full)
    monkeypatch.setattr(shutil, "which", nothing)
    monkeypatch.setattr(os, "geteuid", somebody)
    monkeypatch.setattr(sys, "platform", system)
    found = doctor.examine(Context(checkout.root))
    lacking = {need.what: need for need in found if not need.here}
    assert {"disk", "root", "docker", "kind", "a context"} <= set(lacking)
    assert ("Linux" in lacking) == (system != "linux")
    for need in lacking.values():
        assert need.fix or "`portal up`" in need.detail, need.what
