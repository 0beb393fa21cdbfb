"""Quick encryption for tests that are not about it."""

from __future__ import annotations

import pytest

from portal.stackfile import passphrase


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million rounds are for whoever guesses passphrases."""
    monkeypatch.setattr(passphrase, "ROUNDS", 10)
