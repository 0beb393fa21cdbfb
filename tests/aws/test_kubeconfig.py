"""A kubeconfig that every client reads in the same way, and that is the same on every machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.aws.kubeconfig import COMMAND, kubeconfig
from portal.base.checkout import Checkout
from tests.support.eks import ADDRESS

ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/acme"


def test_one_context_names_account_region_and_cluster() -> None:
    content: dict[str, Any] = json.loads(kubeconfig(ADDRESS))
    (cluster,), (user,), (context,) = content["clusters"], content["users"], content["contexts"]
    assert {one["name"] for one in (cluster, user, context)} == {ARN}
    assert context["context"] == {"cluster": ARN, "user": ARN}
    assert cluster["cluster"] == {
        "server": ADDRESS.endpoint,
        "certificate-authority-data": ADDRESS.authority,
    }
    program = user["user"]["exec"]
    assert [program["command"], *program["args"]] == [
        *(COMMAND, "aws", "token", "--cluster", "acme", "--region", "eu-central-1")
    ]
    assert (program["apiVersion"], program["interactiveMode"]) == ("client.authentication.k8s.io/v1", "Never")


def test_it_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It stands in the state: each machine's own would be a change for every other."""
    before = kubeconfig(ADDRESS)
    for name in ("AWS_PROFILE", "AWS_REGION", "KUBECONFIG", "HOME", "PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert kubeconfig(ADDRESS) == before
    assert not Path(COMMAND).is_absolute()


def test_the_program_is_the_one_of_the_environment_that_pulumi_uses(repository: Checkout) -> None:
    """Pulumi makes sure that it is there. From a path with a slash, nothing is looked for on the PATH."""
    project = yaml.safe_load((repository.root / "Pulumi.yaml").read_text())
    assert Path(COMMAND).parts == (project["runtime"]["options"]["virtualenv"], "bin", "portal")
    # With a `main` elsewhere, Pulumi would run its providers there.
    assert "main" not in project


@pytest.mark.parametrize("name", ["no", "on", "12e3", "0o17", "1_000", "null", "2026-11-29"])
def test_a_name_stays_text_for_readers_of_old_yaml(name: str) -> None:
    """PyYAML reads YAML 1.1, as the Go client does."""
    read = yaml.safe_load(kubeconfig(replace(ADDRESS, name=name)))
    assert read["users"][0]["user"]["exec"]["args"][3] == name
