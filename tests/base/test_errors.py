"""What errors never repeat."""

from __future__ import annotations

import pytest

from portal.base.errors import InputError, SituationError

ADDRESS = "https://user:canary@grafana.example"


@pytest.mark.parametrize("part", ["where", "key", "got", "allowed", "fix"])
def test_no_part_repeats_the_credentials_of_an_address(part: str) -> None:
    """Keys and values reach errors in many ways, not only by `quoted`."""
    parts = dict.fromkeys(("where", "key", "got", "allowed", "fix"), "x")
    error = InputError(**{**parts, part: ADDRESS})
    assert "canary" not in f"{error.sentence} {vars(error)}"
    assert "https://...@grafana.example" in error.sentence


def test_nor_does_a_situation() -> None:
    error = SituationError(f"{ADDRESS} is not there", f"create {ADDRESS}", where=ADDRESS)
    assert error.sentence.count("https://...@grafana.example") == 3
