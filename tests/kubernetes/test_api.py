"""What a cluster answers becomes JSON, and what it refuses a type: from bodies that a real API server sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import (
    Cause,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StatusError,
    UnauthorizedError,
    UnreachableError,
)
from portal.kubernetes.api_paths import collection_path, object_path
from tests.support.checkouts import ROOT
from tests.support.fake_api import Answer, Asked, FakeApi, api_for, fake_api, found, listed, recorded

NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def fake() -> Generator[FakeApi]:
    with fake_api() as running:
        yield running


@pytest.fixture
def api(fake: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(fake, tmp_path)


@pytest.mark.parametrize(
    ("name", "error", "group", "kind", "named"),
    [
        ("unauthorized", UnauthorizedError, "", "", ""),
        ("forbidden-list", ForbiddenError, "storage.k8s.io", "storageclasses", ""),
        ("forbidden-get", ForbiddenError, "", "namespaces", "kube-system"),
        ("pod-security", ForbiddenError, "", "pods", "backstage-preflight"),
        ("not-found", NotFoundError, "", "namespaces", "nowhere"),
        ("no-such-group", NotFoundError, "", "", ""),
        ("changed-stateful-set", InvalidError, "apps", "StatefulSet", "database"),
        ("unknown-field", StatusError, "", "", ""),
    ],
)
def test_a_refusal_has_a_type_and_says_what_it_is_about(
    fake: FakeApi, api: ClusterApi, name: str, error: type[StatusError], group: str, kind: str, named: str
) -> None:
    fake.says("GET", NAMESPACES, recorded(name))
    with pytest.raises(StatusError) as caught:
        api.get(NAMESPACES)
    status = caught.value.status
    assert type(caught.value) is error
    assert (status.code, status.group, status.kind, status.name) == (recorded(name).code, group, kind, named)
    assert status.message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_invalid_says_which_fields_are(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", NAMESPACES, recorded("changed-role"))
    with pytest.raises(InvalidError) as caught:
        api.get(NAMESPACES)
    (cause,) = caught.value.status.causes
    assert cause == Cause("FieldValueInvalid", "roleRef", cause.message)
    assert cause.message.endswith("cannot change roleRef")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, "<html>The proxy does not let you out</html>"),
        Answer(502, "Bad Gateway"),
        Answer(200, "<html>Log in</html>"),
        Answer(200, ["no object"]),
        Answer(302, "", {"Location": "https://login.example"}),
    ],
)
def test_what_is_not_kubernetes_is_no_answer_of_a_cluster(fake: FakeApi, api: ClusterApi, answer: Answer) -> None:
    """Least of all is a proxy's 403 a missing right."""
    fake.says("GET", NAMESPACES, answer)
    with pytest.raises(UnreachableError):
        api.get(NAMESPACES)


def test_what_is_not_there_is_found_to_be_nothing(fake: FakeApi, api: ClusterApi) -> None:
    assert api.find(f"{NAMESPACES}/nowhere") is None
    fake.says("DELETE", f"{NAMESPACES}/nowhere", recorded("not-found"))
    api.delete(f"{NAMESPACES}/nowhere")
    fake.says("GET", "/apis/gateway.networking.k8s.io/v1", recorded("no-such-group"))
    assert api.find("/apis/gateway.networking.k8s.io/v1") is None


def test_listed_objects_have_their_kind(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", "/apis/scheduling.k8s.io/v1/priorityclasses", recorded("priority-classes"))
    classes = api.list("/apis/scheduling.k8s.io/v1/priorityclasses")
    assert {item["kind"] for item in classes} == {"PriorityClass"}
    assert "kind" not in recorded("priority-classes").body["items"][0]


def test_an_empty_list_of_metadata_is_null_and_read_as_empty(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", "/api/v1/secrets", recorded("metadata-only-none"))
    assert recorded("metadata-only-none").body["items"] is None
    assert api.list("/api/v1/secrets", metadata_only=True) == []


def test_selectors_and_what_is_wanted_are_asked_for(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", "/api/v1/pods", listed("Pod"))
    fake.says("GET", "/api/v1/pods/a", recorded("metadata-only"))
    api.list("/api/v1/pods", labels="a=b,c=d", fields="type=Warning")
    api.find("/api/v1/pods/a", metadata_only=True)
    first, second = fake.asked
    assert first.query == {"labelSelector": "a=b,c=d", "fieldSelector": "type=Warning"}
    assert second.headers["Accept"] == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


def test_a_dry_run_keeps_nothing_and_is_by_our_name(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("PATCH", "/api/v1/namespaces/n/configmaps/c", recorded("applied"))
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}}
    api.try_apply(object_path(item), item, "portal")
    (asked,) = fake.asked
    wanted = {"dryRun": "All", "fieldManager": "portal", "force": "true", "fieldValidation": "Strict"}
    assert asked.query == wanted
    assert asked.body == item
    assert asked.headers["Content-Type"] == "application/apply-patch+yaml"


def test_what_a_busy_cluster_puts_off_is_asked_again(fake: FakeApi, api: ClusterApi) -> None:
    answers = iter([Answer(429, "", {"Retry-After": "0"}), found({"kind": "Namespace"})])
    fake.says("GET", NAMESPACES, lambda _: next(answers))
    assert api.get(NAMESPACES) == {"kind": "Namespace"}


def test_what_makes_an_object_is_sent_once(fake: FakeApi, api: ClusterApi) -> None:
    """A connection that is lost after the question says nothing about what became of it."""

    def lose(_: Asked) -> Answer:
        raise ConnectionError

    fake.says("POST", NAMESPACES, lose)
    fake.says("GET", NAMESPACES, lose)
    with pytest.raises(UnreachableError):
        api.create(NAMESPACES, {})
    assert len(fake.asked) == 1
    with pytest.raises(UnreachableError):
        api.get(NAMESPACES)
    assert len(fake.asked) == 3


def test_paths_are_those_of_the_api() -> None:
    assert collection_path("v1", "pods") == "/api/v1/pods"
    assert collection_path("apps/v1", "deployments", "a/b") == "/apis/apps/v1/namespaces/a%2Fb/deployments"
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a:b c"}}
    assert object_path(role) == "/apis/rbac.authorization.k8s.io/v1/clusterroles/a:b%20c"


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("Deployment", "deployments"),
        ("NetworkPolicy", "networkpolicies"),
        ("Ingress", "ingresses"),
        ("Gateway", "gateways"),
        ("HTTPRoute", "httproutes"),
    ],
)
def test_kinds_have_the_apis_plural(kind: str, plural: str) -> None:
    item = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}
    assert object_path(item) == f"/api/v1/{plural}/x"


def test_the_client_is_imported_where_a_cluster_is_asked_and_not_before() -> None:
    """It takes a third of a second, which `portal render` and `portal check` have no use for."""
    lines = (
        "import sys",
        "import portal.plan, portal.preflight.run, portal.kubernetes.pods, portal.kubernetes.rollout",
        "import portal.command.verbs.check, portal.command.verbs.render, portal.deploy.live_check",
        "from portal.kubernetes.api import ClusterApi",
        "from portal.kubernetes.api_errors import ClusterError",
        "from pathlib import Path",
        "api = ClusterApi('c', Path('/nowhere'))",
        "assert 'kubernetes' not in sys.modules and 'urllib3' not in sys.modules",
        "try: api.get('/')",
        "except ClusterError: pass",
        "assert 'kubernetes' in sys.modules",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True)
