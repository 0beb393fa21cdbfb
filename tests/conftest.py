"""A checkout of its own for every test that changes one, and the flag that writes golden files anew."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.stackfile import passphrase
from tests.support.checkouts import ROOT, copy_checkout
from tests.support.users_files import watch

watch()
# As after `. .venv/bin/activate`: sentences name the command as `portal`.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.prefix) / "bin"), os.environ["PATH"]))
# What a shell starts with `&` ignores Ctrl-C, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Plans and graphs are many small objects, few of them garbage. To look for it at each 700th takes 6 % of the time.
gc.set_threshold(100_000, 50, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")
    end_to_end = parser.getgroup("end to end", "passed on to `portal up` and `portal build`")
    end_to_end.addoption("--engine", choices=("pulumi", "kubectl"), help="default: what `portal up` chooses")
    end_to_end.addoption("--cluster", choices=("node", "kind"), help="default: what `portal up` chooses")
    end_to_end.addoption("--builder", choices=("docker", "podman", "buildah"), help="default: the first that works")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick encryption: a million rounds are for whoever guesses passphrases. A test that needs them overrides this."""
    monkeypatch.setattr(passphrase, "ROUNDS", 10)


@pytest.fixture
def repository() -> Checkout:
    """This checkout: to read what is the product's, not to change."""
    return Checkout(ROOT)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that was never built, with everything that checks and graphs are made from."""
    return copy_checkout(tmp_path / "checkout")
