"""A cluster is named, or that of the last `up`, or made; never the current context, and never silently another one."""

from __future__ import annotations

import json
import shutil
import socket
import time
from pathlib import Path
from typing import cast

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import PlainProgress
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.stack_record import StackRecord, forget, stack_record, write_stack_record
from portal.kubernetes.api import PATIENCE, ClusterApi
from portal.kubernetes.api_errors import (
    CertificateError,
    ClusterError,
    CredentialProgramError,
    ForbiddenError,
    Status,
    UnauthorizedError,
    UnreachableError,
)
from portal.kubernetes.refusal import cluster_refusal
from portal.models.aws.eks_context import EksContext
from portal.models.stack import StackSettings
from tests.support.eks import ADDRESS, ON_AWS

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

PLAIN = {"target": "local", "url": "http://localhost:7007", "signIn": {"provider": "guest"}}
SETTINGS = StackSettings.model_validate(PLAIN)


def settings_for(kubeconfig: Path, context: str) -> StackSettings:
    return StackSettings.model_validate({**PLAIN, "cluster": {"context": context, "kubeconfig": str(kubeconfig)}})


def test_a_context_on_the_command_line_is_used(checkout: Checkout) -> None:
    cluster = choose_cluster(checkout, "local", SETTINGS, context="mine")
    assert isinstance(cluster, ContextCluster)
    assert cluster.cluster.context == "mine"


def test_a_cluster_that_the_target_knows_is_used(checkout: Checkout) -> None:
    """It is no context of `portal:cluster`, and the command line has no other."""
    cluster = choose_cluster(checkout, "prod", StackSettings.model_validate(ON_AWS))
    assert isinstance(cluster, ContextCluster)
    assert cluster.cluster == EksContext.of(ADDRESS)


@needs_kubectl
def test_its_kubeconfig_is_there_when_kubectl_is_asked_for(checkout: Checkout) -> None:
    kubectl = choose_cluster(checkout, "prod", StackSettings.model_validate(ON_AWS)).kubectl()
    assert kubectl.context == ADDRESS.arn
    assert kubectl.kubeconfig is not None
    assert kubectl.kubeconfig.parent == checkout.kubeconfigs
    assert kubectl.kubeconfig.is_file()


def test_the_node_is_chosen_by_name(checkout: Checkout) -> None:
    cluster = choose_cluster(checkout, "local", SETTINGS, chosen="node")
    assert isinstance(cluster, NodeCluster)
    assert cluster.port == 7007


def test_of_a_forgotten_stack_nothing_is_kept(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    kept = (
        checkout.generated_stack_file("local"),
        checkout.passphrase_file("local"),
        checkout.preflight_file("local"),
        checkout.last_apply_file("local"),
    )
    for file in kept:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    forget(checkout, "local")
    assert stack_record(checkout, "local") is None
    assert not any(file.exists() for file in kept)


@pytest.mark.parametrize("damage", ["", "[]", '{"engine": "kubectl"}'])
def test_a_damaged_decision_is_a_sentence(checkout: Checkout, damage: str) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    checkout.stack_record_file("local").write_text(damage)
    with pytest.raises(InputError, match=r"Delete \.portal/stacks/local\.json"):
        stack_record(checkout, "local")


def test_the_cluster_of_the_last_up_is_used_again(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "context", "theirs", "/somewhere"))
    cluster = choose_cluster(checkout, "local", SETTINGS)
    assert isinstance(cluster, ContextCluster)
    assert cluster.cluster.kubeconfig == "/somewhere"


def test_another_cluster_than_before_is_refused(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    with pytest.raises(InputError, match="down --delete-data"):
        choose_cluster(checkout, "local", SETTINGS, context="mine")
    with pytest.raises(InputError, match="expected node or kind"):
        choose_cluster(checkout, "local", SETTINGS, chosen="minikube")


def test_another_context_than_before_is_refused(checkout: Checkout) -> None:
    write_stack_record(checkout, "local", StackRecord("kubectl", "context", "theirs"))
    with pytest.raises(InputError, match=r"data of this stack is in the cluster theirs, not in mine"):
        choose_cluster(checkout, "local", SETTINGS, context="mine")


def test_kind_without_a_container_engine_is_refused(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quietly taking the local node instead would need root and a quarter of an hour."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="neither of them runs here"):
        choose_cluster(checkout, "local", SETTINGS, chosen="kind")


@needs_kubectl
@pytest.mark.parametrize(("given", "found"), [("~/k", "home/k"), ("own/k", "checkout/own/k"), ("/k", "/k")])
def test_a_kubeconfig_is_found_as_pulumis_provider_finds_it(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, found: str
) -> None:
    """From the home folder, or from the checkout's own, wherever the command was called."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cluster = choose_cluster(checkout, "local", settings_for(Path(given), "c"))
    assert isinstance(cluster, ContextCluster)
    assert cluster.kubectl().kubeconfig == tmp_path / found


@needs_kubectl
def test_a_cluster_that_does_not_answer_is_given_up_within_ten_seconds(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that takes connections and never says a word: the worst kind of cluster."""
    defaults = cast("dict[str, float]", ClusterApi.text.__kwdefaults__)
    assert defaults["patience"] == PATIENCE <= 10
    monkeypatch.setitem(defaults, "patience", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = f"https://127.0.0.1:{silent.getsockname()[1]}"
        config = tmp_path / "kubeconfig"
        config.write_text(
            json.dumps(
                {
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "contexts": [{"name": "silent", "context": {"cluster": "c", "user": ""}}],
                }
            )
        )
        cluster = choose_cluster(checkout, "local", settings_for(config, "silent"))
        began = time.monotonic()
        with pytest.raises(InputError, match="does not answer"):
            cluster.start(PlainProgress())
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnauthorizedError("theirs", Status(401, "Unauthorized", "no")), "rejects the credentials in the kubeconfig"),
        (
            CredentialProgramError("theirs", "exec: executable aws not found"),
            "The program that gets the credentials for context theirs failed (exec: executable aws not found)",
        ),
        (
            CertificateError("theirs", "signed by unknown authority"),
            "does not trust the certificate of the cluster of context theirs (signed by unknown authority)",
        ),
        (UnreachableError("theirs", "i/o timeout"), "The cluster of context theirs does not answer (i/o timeout)"),
    ],
)
def test_a_cluster_that_cannot_be_asked_is_one_sentence(error: ClusterError, words: str) -> None:
    refusal = cluster_refusal(error)
    assert refusal is not None
    assert words in refusal.sentence
    assert "\n" not in refusal.sentence


def test_an_answer_that_refuses_one_thing_is_not_a_cluster_that_is_not_there() -> None:
    assert cluster_refusal(ForbiddenError("theirs", Status(403, "Forbidden", "namespaces is forbidden"))) is None


@needs_kubectl
def test_a_context_that_does_not_exist_names_those_that_do(checkout: Checkout, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(json.dumps({"contexts": [{"name": "only", "context": {"cluster": "c", "user": ""}}]}))
    chosen = settings_for(config, "other")
    with pytest.raises(InputError, match=r'got "other", expected a context of the kubeconfig \(only\)'):
        choose_cluster(checkout, "local", chosen).start(PlainProgress())
