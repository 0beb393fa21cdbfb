"""The engine of the first ``up`` stays; Pulumi's is wanted, and kubectl's is what there is without it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from portal.base.errors import InputError
from portal.base.progress import PlainProgress, Progress
from portal.deploy.choose_engine import DeployEngine, choose_engine
from portal.deploy.pulumi_download import DownloadError

CLI = Path("/somewhere/pulumi")


def no_network(_: Progress) -> Path:
    raise DownloadError("get.pulumi.com did not answer within 5 s")


def never(_: Progress) -> Path:
    pytest.fail("a download that nobody asked for")


def network(_: Progress) -> Path:
    return CLI


@pytest.fixture
def _no_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.deploy.choose_engine.pulumi_program", lambda: None)


@pytest.fixture
def _cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.deploy.choose_engine.pulumi_program", lambda: CLI)


@pytest.mark.usefixtures("_cli")
def test_a_cli_that_is_here_is_taken_without_a_download() -> None:
    assert choose_engine(None, None, PlainProgress(), never) == DeployEngine("pulumi", CLI)
    assert choose_engine("pulumi", None, PlainProgress(), never) == DeployEngine("pulumi", CLI)
    assert choose_engine("kubectl", None, PlainProgress(), never) == DeployEngine("kubectl")


@pytest.mark.usefixtures("_no_cli")
def test_without_a_cli_it_is_downloaded_else_kubectl_is_used_and_says_why() -> None:
    assert choose_engine(None, None, PlainProgress(), network) == DeployEngine("pulumi", CLI)
    said = io.StringIO()
    assert choose_engine(None, None, PlainProgress(said), no_network) == DeployEngine("kubectl")
    assert "did not answer within 5 s. The kubectl engine is used instead" in said.getvalue()


@pytest.mark.usefixtures("_no_cli")
def test_kubectl_chosen_or_recorded_downloads_nothing() -> None:
    assert choose_engine(None, "kubectl", PlainProgress(), never) == DeployEngine("kubectl")
    assert choose_engine("kubectl", None, PlainProgress(), never) == DeployEngine("kubectl")


@pytest.mark.usefixtures("_no_cli")
@pytest.mark.parametrize(("before", "chosen"), [(None, "pulumi"), ("pulumi", None)])
def test_pulumi_chosen_or_recorded_says_how_to_get_it(before: str | None, chosen: str | None) -> None:
    with pytest.raises(InputError, match=r"did not answer .*pulumi\.com/docs/install"):
        choose_engine(before, chosen, PlainProgress(), no_network)


def test_the_engine_of_the_first_up_stays() -> None:
    with pytest.raises(InputError, match="down --delete-data"):
        choose_engine("kubectl", "pulumi", PlainProgress(), never)
    with pytest.raises(InputError, match="one of pulumi, kubectl"):
        choose_engine(None, "terraform", PlainProgress(), never)
