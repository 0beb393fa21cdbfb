"""Which program builds images, and what is said where none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.base.errors import PortalError
from portal.image import container_builder as builders
from portal.image.container_builder import container_builder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH. A docker in it answers nobody."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def answers_nobody(_program: str) -> bool:
        return False

    monkeypatch.setattr(builders, "works", answers_nobody)
    return tmp_path


def install(programs: Path, *names: str) -> None:
    for name in names:
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)


@pytest.mark.parametrize(
    ("there", "chosen", "said"),
    [
        (["buildah"], "docker", "docker is not installed. buildah works here: leave out --builder."),
        (["docker", "podman"], "docker", "docker does not answer. podman works here: leave out --builder."),
        (["docker"], "docker", "docker does not answer. Install docker, podman or buildah"),
        ([], None, "no container builder works here (docker, podman, buildah)."),
    ],
)
def test_what_is_missing_is_said_and_what_works(
    there: list[str], chosen: str | None, said: str, programs: Path, tmp_path: Path
) -> None:
    install(programs, *there)
    with pytest.raises(PortalError) as caught:
        container_builder(tmp_path, chosen)
    assert str(caught.value).startswith(said)


def test_the_first_that_works_is_taken(programs: Path, tmp_path: Path) -> None:
    install(programs, "docker", "buildah")
    assert container_builder(tmp_path).name == "buildah"
