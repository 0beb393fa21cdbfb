"""No test of the product reads what its user writes: each step of the tutorial leaves all of them as they were."""

from __future__ import annotations

import pytest

from tests.support.users_files import ROOT, USERS_FILES


@pytest.mark.parametrize("name", USERS_FILES)
def test_a_test_that_reads_them_fails(name: str) -> None:
    # Not one of these has to be there: the watch comes before the file system.
    file = ROOT / f"{name}local.yaml" if name.endswith((".", "/")) else ROOT / name
    with pytest.raises(AssertionError, match="tests/portals"):
        file.open().close()


def test_the_programs_own_files_are_not_theirs() -> None:
    assert (ROOT / "stacks" / "__init__.py").read_text()
