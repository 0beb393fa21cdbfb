"""What clusters of other people have: namespaces and databases that are not ours, quotas, ingress classes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from portal.base.process import output
from portal.graph.manifests import write_manifests
from portal.node.tools import go_program
from portal.probe.smoke import fetch
from tests.e2e.another_stack import another_stack
from tests.e2e.conftest import NOTHING_CHANGED, Workplace, await_that, graph_of
from tests.e2e.elsewhere import HOST, PASSWORD, Elsewhere, elsewhere_beside
from tests.support.checkouts import copy_checkout, give_secrets

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]
ADDRESS = "http://localhost:7017"
THEIRS = "theirs"
GATEWAY_API = "v1.4.0"
GATEWAY_API_SUM = "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ="


@pytest.fixture(scope="module")
def server(workplace: Workplace) -> Generator[Elsewhere]:
    """With an empty database, and a role that has what a portal needs and nothing else."""
    with elsewhere_beside(workplace.kubectl) as running:
        running.sql(
            f"CREATE ROLE external LOGIN PASSWORD '{PASSWORD}'",
            "CREATE DATABASE external",
            "REVOKE ALL ON DATABASE external FROM PUBLIC",
            "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE external TO external",
        )
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
    workplace: Workplace, server: Elsewhere, their_namespace: str
) -> None:
    """Over verified TLS, with a password that the program never sees; taken down, nothing of theirs is gone."""
    kept = {"name": "database-credentials", "key": "pass"}
    database = {
        "engine": "external",
        "host": HOST,
        "name": "external",
        "user": "external",
        "ca": server.authority,
    }
    settings = {
        "namespace": {"name": their_namespace, "create": False},
        "database": {**database, "passwordSecret": kept},
        "labels": {"acme.example/team": "platform"},
    }
    with another_stack(workplace, "external", ADDRESS, settings):
        up = ("up", "--stack", "external", *workplace.choice.words("engine", "builder"))
        workplace.portal(*up)
        assert fetch(f"{ADDRESS}/.backstage/health/v1/readiness").status == 200
        assert "catalog" in server.sql("SELECT nspname FROM pg_namespace", database="external").splitlines()
        assert NOTHING_CHANGED[workplace.engine].search(workplace.portal(*up).said)
    left = workplace.kubectl.read("all,secrets,configmaps,networkpolicies", f"--namespace={their_namespace}")["items"]
    names = {
        f"{item['kind']}/{item['metadata']['name']}" for item in left if item["metadata"]["name"] != "kube-root-ca.crt"
    }
    assert names == {"Secret/database-credentials"}
    assert "catalog" in server.sql("SELECT nspname FROM pg_namespace", database="external").splitlines()


def test_the_api_server_takes_every_object_of_the_worked_example(workplace: Workplace, tmp_path: Path) -> None:
    """With its Ingress, and with a route of the Gateway API instead, in a namespace that enforces `restricted`."""
    kubectl = workplace.kubectl
    checkout = copy_checkout(tmp_path / "checkout")
    definition = gateway_api(tmp_path) / "gateway.networking.k8s.io_httproutes.yaml"
    file = checkout.stack_file("kubernetes")
    ingress = file.read_text()
    route, replaced = re.subn(r"  portal:ingress:\n(?:    .*\n)+", "  portal:gateway: {name: public}\n", ingress)
    assert replaced == 1
    output(kubectl.command("create", "namespace", "developer-portal"))
    try:
        output(
            kubectl.command("label", "namespace", "developer-portal", "pod-security.kubernetes.io/enforce=restricted")
        )
        output(kubectl.command("apply", "--server-side", f"--filename={definition}"))
        await_that(lambda: "httproutes" in output(kubectl.command("api-resources", "--no-headers")), "the Gateway API")
        for text, kind in ((ingress, "ingress"), (route, "httproute")):
            file.write_text(text)
            give_secrets(checkout, "kubernetes")
            folder = tmp_path / kind
            written = write_manifests(graph_of(checkout.root, "kubernetes"), folder)
            # A rendered Secret has a word in place of its values.
            for path in folder.glob("secret-*.yaml"):
                path.unlink()
                written.remove(path)
            assert any(path.name.startswith(f"{kind}-") for path in written)
            said = output(kubectl.command("apply", "--server-side", "--dry-run=server", f"--filename={folder}"))
            assert len(said.splitlines()) == len(written)
    finally:
        output(kubectl.command("delete", "namespace", "developer-portal", "--now", patience=0))
        output(kubectl.command("delete", f"--filename={definition}", "--ignore-not-found", patience=0))


def gateway_api(folder: Path) -> Path:
    """The Gateway API's definitions, from its Go module."""
    module = ["mod", "download", "-json", f"sigs.k8s.io/gateway-api@{GATEWAY_API}"]
    answer = json.loads(output([go_program(folder / "go.log"), *module], cwd=folder))
    assert answer["Sum"] == GATEWAY_API_SUM
    return Path(answer["Dir"]) / "config" / "crd" / "standard"
