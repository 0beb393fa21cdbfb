"""What the pod and app-config agree on is what the image has."""

from __future__ import annotations

import re

import pytest

from portal import contract
from tests.support.users_files import ROOT

CONTAINERFILE = (ROOT / "app" / "Containerfile").read_text()


def instruction(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", CONTAINERFILE, re.MULTILINE)


def test_the_image_listens_where_the_pod_is_asked() -> None:
    assert instruction("EXPOSE") == [str(contract.PORT)]


def test_the_image_runs_as_the_pods_user() -> None:
    assert instruction("USER") == [f"{contract.USER}:{contract.USER}"]


def test_the_image_starts_from_the_file_that_the_pod_mounts() -> None:
    assert contract.CONFIG_FILE in instruction("CMD")[0]


def test_the_image_keeps_the_app_where_app_config_looks() -> None:
    assert instruction("WORKDIR") == [contract.APP_FOLDER]
    assert all(target.split()[-1].startswith(contract.APP_FOLDER) for target in instruction("COPY"))


@pytest.mark.parametrize("package", ["appconfig", "stack", "checks", "preflight", "probe"])
def test_nobody_writes_these_words_a_second_time(package: str) -> None:
    """A renamed folder or variable would pass the tests of its own side, and fail in the cluster."""
    words = [f"{contract.PORTAL_FOLDER}/", contract.TOKEN_FOLDER, *contract.DATABASE_ENVIRONMENT, f'"{contract.PORT}"']
    folders = [ROOT / "portal" / package, ROOT / "components", ROOT / "stacks"]
    written = {
        f"{path.relative_to(ROOT)}: {word}"
        for folder in folders
        for path in folder.rglob("*.py")
        for word in words
        if word in _code(path.read_text())
    }
    assert not written


def _code(text: str) -> str:
    """Without docstrings and comments: they may speak of it."""
    return re.sub(r'""".*?"""|#.*?$', "", text, flags=re.DOTALL | re.MULTILINE)
