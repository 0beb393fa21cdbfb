"""The engine of the first ``up`` stays; the first that can be had is taken before that, and it is said which is not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.progress import PlainProgress
from portal.deploy.choose_engine import choose_engine, engine_replaces, recorded_engine
from portal.deploy.deployment import Deployment
from portal.deploy.engine import EngineUnavailableError, LocalEngine
from portal.deploy.kubectl_engine import KubectlEngine
from portal.deploy.pulumi_engine import LocalPulumi
from portal.deploy.stack_record import StackRecord, write_stack_record
from tests.support.deployments import deployment_of


class Never(LocalEngine):
    """An engine that nobody should ask for."""

    name: ClassVar[str] = "never"
    replaces: ClassVar[bool] = True

    @classmethod
    def obtain(cls, deployment: Deployment) -> LocalEngine:  # noqa: ARG003 - this one needs nothing
        pytest.fail("an engine that nobody asked for")

    @classmethod
    def recall(cls, deployment: Deployment) -> LocalEngine | None:  # noqa: ARG003 - likewise
        return None

    def deploy(self, deployment: Deployment) -> None:
        pytest.fail("deployed")


class Missing(Never):
    """An engine that cannot be had here."""

    name: ClassVar[str] = "missing"

    @classmethod
    def obtain(cls, deployment: Deployment) -> LocalEngine:  # noqa: ARG003 - this one needs nothing
        raise EngineUnavailableError("No such thing", "there is none", "get it")


def made_by(checkout: Checkout, engine: str) -> None:
    write_stack_record(checkout, "local", StackRecord(engine, "node"))


def test_the_first_that_can_be_had_is_taken_and_no_other_is_asked_for(checkout: Checkout) -> None:
    assert isinstance(choose_engine(deployment_of(checkout), (KubectlEngine, Never)), KubectlEngine)


def test_where_it_cannot_be_had_the_next_one_is_used_and_it_is_said_why(checkout: Checkout) -> None:
    said = io.StringIO()
    deployment = deployment_of(checkout, progress=PlainProgress(said))
    assert isinstance(choose_engine(deployment, (Missing, KubectlEngine)), KubectlEngine)
    assert said.getvalue() == "No such thing. The kubectl engine is used instead.\n"


def test_the_chosen_and_the_recorded_one_ask_for_no_other(checkout: Checkout) -> None:
    engines = (Never, KubectlEngine)
    assert isinstance(choose_engine(deployment_of(checkout, engine="kubectl"), engines), KubectlEngine)
    made_by(checkout, "kubectl")
    assert isinstance(choose_engine(deployment_of(checkout), engines), KubectlEngine)


def test_instead_of_the_chosen_or_the_recorded_one_no_other_is_used(checkout: Checkout) -> None:
    engines = (Missing, KubectlEngine)
    with pytest.raises(EngineUnavailableError, match="Get it"):
        choose_engine(deployment_of(checkout, engine="missing"), engines)
    made_by(checkout, "missing")
    with pytest.raises(EngineUnavailableError, match="Get it"):
        choose_engine(deployment_of(checkout), engines)


def test_another_engine_than_that_of_the_first_up_is_refused(checkout: Checkout) -> None:
    made_by(checkout, "kubectl")
    with pytest.raises(InputError, match=r"deployed with kubectl, and pulumi cannot.*down --delete-data"):
        choose_engine(deployment_of(checkout, engine="pulumi"))
    with pytest.raises(InputError, match="expected pulumi or kubectl"):
        choose_engine(deployment_of(checkout, engine="terraform"))


def test_the_cli_of_the_path_is_taken(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = choose_engine(deployment_of(checkout))
    assert isinstance(engine, LocalPulumi)
    assert engine.cli.program == program


def test_without_a_cli_that_is_wanted_it_is_said_how_to_get_one(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that nobody listens at: no download reaches its publisher."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(EngineUnavailableError, match=r"cannot be downloaded.*pulumi\.com/docs/install"):
        choose_engine(deployment_of(checkout, engine="pulumi"))
    assert isinstance(choose_engine(deployment_of(checkout)), KubectlEngine)


def test_down_takes_the_engine_of_the_last_up_and_downloads_nothing(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert recorded_engine(deployment_of(checkout)) is None
    made_by(checkout, "kubectl")
    assert isinstance(recorded_engine(deployment_of(checkout)), KubectlEngine)
    made_by(checkout, "pulumi")
    assert recorded_engine(deployment_of(checkout)) is None


def test_only_an_engine_with_a_state_makes_anew_what_cannot_be_changed(checkout: Checkout) -> None:
    assert engine_replaces(checkout, "local")
    made_by(checkout, "kubectl")
    assert not engine_replaces(checkout, "local")


def test_an_engine_that_this_version_does_not_know_is_a_sentence(checkout: Checkout) -> None:
    made_by(checkout, "of-tomorrow")
    with pytest.raises(PortalError, match="knows no engine of-tomorrow"):
        choose_engine(deployment_of(checkout))
