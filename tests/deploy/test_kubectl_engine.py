"""The list for a local stack with kubectl's engine, in a cluster that a script and a server of the tests' own play.

The script keeps objects as an API server would: with a version that each change raises.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.base.checkout import OWN_KUBECONFIG, Checkout
from portal.base.progress import PlainProgress
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes
from portal.deploy.kubectl_engine import apply_graph
from portal.deploy.run_steps import run_steps
from portal.deploy.stack_record import StackRecord, stack_record
from portal.deploy.up import LOCAL
from portal.graph.model import Graph, Resource
from portal.kubernetes.kubectl import Kubectl
from portal.release.images import built_images, unbuilt_images
from tests.support.checkouts import pretend_built
from tests.support.deployments import Do, deployment_of, replaced
from tests.support.fake_api import CONTEXT, FakeApi, fake_api, found, listed, recorded, write_kubeconfig
from tests.support.python_script import python_script

KUBECTL = python_script(
    f"""import json, os, sys
state, words = os.environ["CLUSTER"], [word for word in sys.argv[1:] if not word.startswith("--")]
with open(state + ".calls", "a") as calls:
    print(" ".join(words), file=calls)
objects = json.load(open(state)) if os.path.exists(state) else {{}}
key = lambda item: "/".join((item["kind"].lower(), item["metadata"].get("namespace", ""), item["metadata"]["name"]))
def show(items):
    assert any(word.startswith("--output=go-template={{{{if .items}}}}") for word in sys.argv), sys.argv
    for item in items:
        place = item["metadata"]
        print(item["kind"], place.get("namespace", ""), place["name"], place["resourceVersion"], sep="\\t")
if words[:1] == ["config"]:
    print({CONTEXT!r})
elif words[:1] == ["get"]:
    show([item for item in objects.values() if item["kind"] != "HTTPRoute"])
elif words[:1] == ["apply"]:
    applied = []
    for item in json.load(sys.stdin)["items"]:
        before = objects.get(key(item))
        version = before["metadata"].pop("resourceVersion") if before else "0"
        if item != before:
            version = str(int(version) + 1)
        applied.append({{**item, "metadata": {{**item["metadata"], "resourceVersion": version}}}})
        objects[key(item)] = applied[-1]
    show(applied)
elif words[:1] == ["delete"]:
    place = [word.partition("=")[2] for word in sys.argv if word.startswith("--namespace=")]
    objects.pop("/".join((words[1], *(place or [""]), words[2])))
if words[0] in ("apply", "delete"):
    json.dump(objects, open(state, "w"))
""",
    "-SE",
)


JOBS = "/apis/batch/v1/namespaces/portal/jobs"
SUCCEEDED = {"metadata": {"name": "a-job"}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}}


class Cluster:
    """What the script keeps."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def names(self) -> set[str]:
        """The objects, as ``kind/name``."""
        found = json.loads(self.file.read_text())
        return {f"{item['kind'].lower()}/{item['metadata']['name']}" for item in found.values()}

    def calls(self) -> list[str]:
        """What kubectl was called for since it was last asked."""
        log = self.file.with_name(f"{self.file.name}.calls")
        lines = log.read_text().splitlines() if log.is_file() else []
        log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def api() -> Generator[FakeApi]:
    with fake_api() as running:
        running.says("GET", "/readyz", found("ok"))
        apps = "/apis/apps/v1/namespaces/portal"
        running.says("GET", f"{apps}/replicasets", listed("ReplicaSet"))
        running.says("GET", f"{apps}/deployments", recorded("running-deployments"))
        running.says("GET", f"{apps}/statefulsets", recorded("running-stateful-sets"))
        running.says("GET", "/api/v1/namespaces/portal/pods", recorded("running-pods"))
        running.says("GET", JOBS, lambda _: listed("Job", [SUCCEEDED]))
        yield running


@pytest.fixture
def cluster(checkout: Checkout, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster that the local stack names: as one that `portal up` made, in which guests are allowed."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(KUBECTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("CLUSTER", str(tmp_path / "objects"))
    checkout.cluster.mkdir(parents=True)
    write_kubeconfig(tmp_path, api.url, {}).rename(checkout.own_kubeconfig)
    file = checkout.stack_file("local")
    named = json.dumps({"context": CONTEXT, "kubeconfig": OWN_KUBECONFIG})
    file.write_text(f"{file.read_text().rstrip()}\n  portal:cluster: {named}\n")
    # A port that no portal on this machine has.
    file.write_text(file.read_text().replace("localhost:7007", "localhost:17907"))
    pretend_built(checkout)
    return Cluster(tmp_path / "objects")


def up(checkout: Checkout, said: io.StringIO | None = None) -> Deployment:
    """All steps but those that build an image, judge the cluster, and look at the address."""
    deployment = deployment_of(checkout, engine="kubectl", progress=PlainProgress(said or io.StringIO()))
    steps = replaced(
        LOCAL,
        {
            "ask-first": Do("ask-first", lambda _: None),
            "build": Do("build", lambda running: running.give(built_images(checkout) or unbuilt_images())),
            "preflight": Do("preflight", lambda _: None),
            "open": Do("open", lambda _: None),
            "smoke-test": Do("smoke-test", lambda _: None),
        },
    )
    run_steps(steps, deployment)
    return deployment


def test_the_first_up_makes_everything_and_writes_down_where(checkout: Checkout, cluster: Cluster) -> None:
    said = io.StringIO()
    changes = up(checkout, said).get(Changes)
    assert f"The nodes of {CONTEXT} need localhost/portal@sha256:" in said.getvalue()
    assert set(changes.created) == cluster.names
    assert {"namespace/portal", "deployment/backstage", "statefulset/database"} <= cluster.names
    assert (changes.changed, changes.deleted, changes.unchanged) == ((), (), 0)
    record = stack_record(checkout, "local")
    assert isinstance(record, StackRecord)
    assert (record.engine, record.cluster, record.context) == ("kubectl", "context", CONTEXT)
    verbs = [call.partition(" ")[0] for call in cluster.calls()]
    # The namespace goes ahead of what lies in it; then everything that the database needs, the portal, what asks it,
    # and the record.
    assert verbs.count("apply") == 5
    assert verbs.index("get") < verbs.index("apply")


def test_the_second_up_reads_the_cluster_once_and_the_program_not_at_all(checkout: Checkout, cluster: Cluster) -> None:
    made = up(checkout).get(Changes)
    cluster.calls()
    again = up(checkout)
    assert again.get(Changes) == Changes((), (), (), len(made.created))
    assert again.find(Graph) is None
    assert [call.partition(" ")[0] for call in cluster.calls()] == ["config", "get"]


def test_another_title_changes_what_holds_it_and_takes_away_what_held_the_old_one(
    checkout: Checkout, cluster: Cluster
) -> None:
    up(checkout)
    before = cluster.names
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text()}  portal:title: Another one\n")
    changes = up(checkout).get(Changes)
    names = ["configmap/backstage-config", "configmap/verified", "configmap/verify-files", "job/verify"]
    for hashed in (changes.created, changes.deleted):
        assert [name[:-11] for name in hashed] == names
    assert changes.changed == ("deployment/backstage",)
    assert cluster.names == before - {*changes.deleted} | {*changes.created}


def test_what_somebody_else_changed_is_put_right(checkout: Checkout, cluster: Cluster) -> None:
    up(checkout)
    objects = json.loads(cluster.file.read_text())
    service = next(key for key in objects if key.startswith("service/") and key.endswith("/backstage"))
    objects[service]["spec"] = {"type": "ClusterIP"}
    objects[service]["metadata"]["resourceVersion"] = "7"
    cluster.file.write_text(json.dumps(objects))
    assert up(checkout).get(Changes).changed == ("service/backstage",)


def test_one_job_may_follow_another_before_anything_runs(cluster: Cluster, api: FakeApi, checkout: Checkout) -> None:
    """With the database elsewhere, nothing runs until the last Job has succeeded: there is nothing to wait for."""
    apps = "/apis/apps/v1/namespaces/portal"
    for collection in (f"{apps}/deployments", f"{apps}/statefulsets", "/api/v1/namespaces/portal/pods"):
        api.says("GET", collection, listed("List"))
    jobs = [job("first"), job("second", "first"), job("third", "second")]
    kubectl = Kubectl(Path("kubectl"), CONTEXT, checkout.own_kubeconfig, checkout.state)
    graph = Graph("local", {one.urn: one for one in jobs}, {})
    changes = apply_graph(kubectl, graph, "portal", PlainProgress(io.StringIO()), {})
    assert changes.created == ("job/first", "job/second", "job/third")
    assert [call.partition(" ")[0] for call in cluster.calls()] == ["apply"] * 3


def job(name: str, *after: str) -> Resource:
    inputs = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "portal"},
        "spec": {"activeDeadlineSeconds": 10},
    }
    return Resource(name, "kubernetes:batch/v1:Job", name, "", True, "", inputs, dependencies=after)
