"""One emulator for all tests that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hardening.emulator import Emulator, emulator


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An AWS that enforces policies."""
    with emulator(tmp_path_factory.mktemp("ministack")) as running:
        yield running
