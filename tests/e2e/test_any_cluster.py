"""What clusters of other people have: namespaces and databases that are not ours, quotas, ingress classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator

import pytest

from portal.clusters.node.layout import HOST_ADDRESS
from portal.process import output
from portal.smoke import fetch
from tests.e2e.another_stack import another_stack
from tests.e2e.conftest import Workplace
from tests.e2e.postgres_elsewhere import HOST, PASSWORD, PORT, Elsewhere, postgres_elsewhere

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]
ADDRESS = "http://localhost:7017"
THEIRS = "theirs"


@pytest.fixture(scope="module")
def elsewhere(workplace: Workplace) -> Generator[Elsewhere]:
    with postgres_elsewhere(workplace.kubectl) as running:
        yield running


@pytest.fixture(scope="module")
def their_namespace(workplace: Workplace) -> Generator[str]:
    """Made by somebody else, with Pod Security `restricted`, a pod of theirs in it, and a Secret with a password."""
    kubectl = workplace.kubectl
    output(kubectl.command("create", "namespace", THEIRS))
    output(kubectl.command("label", "namespace", THEIRS, "pod-security.kubernetes.io/enforce=restricted"))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "database-credentials", "namespace": THEIRS},
        "stringData": {"pass": PASSWORD},
    }
    output(kubectl.command("apply", "--filename=-"), stdin=json.dumps(secret))
    yield THEIRS
    output(kubectl.command("delete", "namespace", THEIRS, "--now", patience=0))


def test_a_database_elsewhere_in_a_namespace_of_others(
    workplace: Workplace, elsewhere: Elsewhere, their_namespace: str
) -> None:
    """Over verified TLS, with a password that the program never sees; taken down, nothing of theirs is gone."""
    elsewhere.database("external")
    kept = {"name": "database-credentials", "key": "pass"}
    database = {
        "engine": "external",
        "host": HOST,
        "port": PORT,
        "name": "external",
        "user": "external",
        "ca": elsewhere.authority,
    }
    settings = {
        "namespace": {"name": their_namespace, "create": False},
        "database": {**database, "passwordSecret": kept},
        "egress": [{"cidr": f"{HOST_ADDRESS}/32", "ports": [PORT]}],
        "labels": {"acme.example/team": "platform"},
    }
    with another_stack(workplace, "external", ADDRESS, settings):
        workplace.portal("up", "--stack", "external")
        assert fetch(f"{ADDRESS}/.backstage/health/v1/readiness").status == 200
        encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'external'"
        assert elsewhere.sql(encrypted) == "t"
        assert "catalog" in elsewhere.sql("SELECT nspname FROM pg_namespace", "external").splitlines()
        assert "Nothing changed" in workplace.portal("up", "--stack", "external").said
    left = workplace.kubectl.read("all,secrets,configmaps,networkpolicies", f"--namespace={their_namespace}")["items"]
    names = {
        f"{item['kind']}/{item['metadata']['name']}" for item in left if item["metadata"]["name"] != "kube-root-ca.crt"
    }
    assert names == {"Secret/database-credentials"}
    assert "catalog" in elsewhere.sql("SELECT nspname FROM pg_namespace", "external").splitlines()
