"""A look at a cluster, from what its API answers: what is there, what may not be seen, what would be refused."""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import InputError
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import UnauthorizedError, UnreachableError
from portal.kubernetes.api_paths import object_path
from portal.preflight.admission import Refusal
from portal.preflight.requirements import GraphRequirements
from portal.preflight.rights import Right
from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot, read_identity, take_snapshot
from tests.support.fake_api import REVIEWS, Answer, FakeApi, api_for, fake_api, found, listed, recorded, reviewed
from tests.support.fitting_cluster import UID, local_requirements, say_namespace, say_that_it_fits

GATEWAYS = "gateway.networking.k8s.io/v1"
PODS = "/api/v1/namespaces/portal/pods"
STATEFUL_SET = "/apis/apps/v1/namespaces/portal/statefulsets/database"


@pytest.fixture
def requirements() -> GraphRequirements:
    return local_requirements()


@pytest.fixture
def fake(requirements: GraphRequirements) -> Generator[FakeApi]:
    with fake_api() as running:
        say_that_it_fits(running, requirements)
        yield running


@pytest.fixture
def api(fake: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(fake, tmp_path)


def look(api: ClusterApi, requirements: GraphRequirements) -> ClusterSnapshot:
    return take_snapshot(api, requirements, read_identity(api, requirements.namespace))


def test_the_identity_is_that_of_the_clusters_own_namespace(fake: FakeApi, api: ClusterApi) -> None:
    identity = read_identity(api, "portal")
    assert identity.uid == UID
    assert identity.namespace is not None
    fake.says("GET", "/api/v1/namespaces/portal", recorded("not-found"))
    assert read_identity(api, "portal") == ClusterIdentity(UID, None)


def test_what_may_not_be_seen_is_not_said_to_be_absent(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    for name in ("kube-system", "portal"):
        fake.says("GET", f"/api/v1/namespaces/{name}", recorded("forbidden-get"))
    identity = read_identity(api, "portal")
    assert identity == ClusterIdentity(None, None, namespace_seen=False)
    found_by_the_stack = GraphRequirements(
        "local", tuple(item for item in requirements.objects if item["kind"] != "Namespace")
    )
    assert identity.exists(found_by_the_stack)
    assert not identity.exists(requirements)


def test_a_cluster_that_does_not_take_us_is_a_sentence_at_the_first_question(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", "/api/v1/namespaces/kube-system", recorded("unauthorized"))
    with pytest.raises(InputError, match="rejects the credentials in the kubeconfig"):
        read_identity(api, "portal")


def test_a_cluster_that_fits(fake: FakeApi, api: ClusterApi, requirements: GraphRequirements) -> None:
    snapshot = look(api, requirements)
    assert (snapshot.unseen, snapshot.strangers, snapshot.missing, snapshot.refusals) == (frozenset(), (), (), ())
    assert [item["metadata"]["name"] for item in snapshot.of_kind("StorageClass")] == ["standard"]
    assert {item["metadata"]["name"] for item in snapshot.of_kind("PriorityClass")} >= {"system-node-critical"}
    # Everything of the graph was tried, and the pods that its workloads make.
    tried = {asked.path for asked in fake.asked if asked.method == "PATCH"}
    assert {object_path(item) for item in requirements.objects} <= tried
    assert {f"{PODS}/backstage-preflight", f"{PODS}/database-preflight"} <= tried
    assert all(asked.query["dryRun"] == "All" for asked in fake.asked if asked.method == "PATCH")


def test_into_a_namespace_that_is_not_there_only_the_rest_can_be_tried(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("GET", "/api/v1/namespaces/portal", recorded("not-found"))
    look(api, requirements)
    outside = {object_path(item) for item in requirements.objects if "namespace" not in item["metadata"]}
    assert {asked.path for asked in fake.asked if asked.method == "PATCH"} == outside
    assert not [asked for asked in fake.asked if asked.path.startswith("/api/v1/namespaces/portal/")]


def test_what_may_not_be_listed_is_unseen(fake: FakeApi, api: ClusterApi, requirements: GraphRequirements) -> None:
    fake.says("GET", "/apis/storage.k8s.io/v1/storageclasses", recorded("forbidden-list"))
    fake.says("GET", PODS, recorded("forbidden-list"))
    snapshot = look(api, requirements)
    assert snapshot.unseen == {"storageclasses", "pods"}
    assert snapshot.of_kind("StorageClass") == []


def test_objects_of_others_with_our_names_are_strangers(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    ours = recorded("metadata-only").body
    assert ours["metadata"]["labels"]["app.kubernetes.io/instance"] == "local"
    fake.says("GET", "/api/v1/namespaces/portal/services/backstage", found(ours))
    labels = {**ours["metadata"]["labels"], "app.kubernetes.io/instance": "other"}
    fake.says("GET", STATEFUL_SET, found({"metadata": {"name": "database", "labels": labels}}))
    fake.says("GET", "/api/v1/namespaces/portal/services/database", found({"metadata": {"name": "database"}}))
    fake.says("GET", "/api/v1/namespaces/portal/serviceaccounts/backstage", recorded("forbidden-get"))
    assert look(api, requirements).strangers == ("Service/database", "StatefulSet/database")
    # Of none of them, and of no Secret, more than the labels is asked for.
    owners = [asked for asked in fake.asked if asked.method == "GET" and "/secrets/" in asked.path]
    assert owners
    assert all("as=PartialObjectMetadata;" in str(asked.headers["Accept"]) for asked in owners)


def with_secrets(requirements: GraphRequirements) -> GraphRequirements:
    objects = copy.deepcopy(list(requirements.objects))
    for item in objects:
        if item["kind"] == "Deployment":
            names = [{"name": "certificate"}, {"name": "absent"}]
            item["spec"]["template"]["spec"]["imagePullSecrets"] = names
    return GraphRequirements("local", tuple(objects))


def test_of_a_secret_the_keys_are_kept_and_no_value(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("GET", "/api/v1/namespaces/portal/secrets/certificate", recorded("secret"))
    values = recorded("secret").body["data"].values()
    snapshot = look(api, with_secrets(requirements))
    assert snapshot.secrets == {"certificate": {"tls.crt", "tls.key"}}
    assert not [value for value in values if value in repr(snapshot)]


def test_secrets_that_may_not_be_read_are_unseen(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("GET", "/api/v1/namespaces/portal/secrets/certificate", recorded("forbidden-get"))
    snapshot = look(api, with_secrets(requirements))
    assert "secrets" in snapshot.unseen
    assert snapshot.secrets == {}


def with_route(requirements: GraphRequirements) -> GraphRequirements:
    route = {
        "apiVersion": GATEWAYS,
        "kind": "HTTPRoute",
        "metadata": {"name": "backstage", "namespace": "portal"},
        "spec": {"parentRefs": [{"name": "edge", "namespace": "edge"}]},
    }
    return GraphRequirements("local", (*requirements.objects, route))


def kinds(*names: str) -> Answer:
    plain: Mapping[str, Any] = {**recorded("group").body}
    return found({**plain, "resources": [{"name": f"{name.lower()}s", "kind": name} for name in names]})


def test_a_group_that_the_cluster_does_not_serve_is_not_tried(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("GET", f"/apis/{GATEWAYS}", recorded("no-such-group"))
    snapshot = look(api, with_route(requirements))
    assert snapshot.served == {GATEWAYS: frozenset()}
    assert not [asked for asked in fake.asked if asked.method == "PATCH" and GATEWAYS in asked.path]


def test_the_gateway_of_a_route_is_looked_at(fake: FakeApi, api: ClusterApi, requirements: GraphRequirements) -> None:
    fake.says("GET", f"/apis/{GATEWAYS}", kinds("Gateway", "HTTPRoute"))
    path = f"/apis/{GATEWAYS}/namespaces/edge/gateways/edge"
    gateway = {"kind": "Gateway", "metadata": {"name": "edge", "namespace": "edge"}, "spec": {}}
    fake.says("GET", path, found(gateway))
    assert look(api, with_route(requirements)).of_kind("Gateway") == [gateway]
    fake.says("GET", path, recorded("not-found"))
    assert look(api, with_route(requirements)).of_kind("Gateway") == []
    fake.says("GET", path, recorded("forbidden-get"))
    assert "gateways" in look(api, with_route(requirements)).unseen


def test_missing_rights_are_asked_for_by_kind_and_then_by_verb(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    def denied(attributes: Mapping[str, str]) -> bool:
        return attributes["resource"] == "deployments" and attributes["verb"] in {"*", "patch"}

    fake.says("POST", REVIEWS, reviewed(denied))
    assert look(api, requirements).missing == (Right("patch", "deployments.apps", "portal"),)
    verbs = [asked.body["spec"]["resourceAttributes"]["verb"] for asked in fake.asked_for("POST", REVIEWS)]
    assert len([verb for verb in verbs if verb != "*"]) == 6


def test_a_cluster_that_does_not_say_what_we_may_is_not_said_to_forbid_it(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("POST", REVIEWS, recorded("forbidden-get"))
    assert look(api, requirements).missing == ()


def test_reviews_are_read_as_a_real_server_writes_them(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    fake.says("POST", REVIEWS, recorded("review-denied"))
    assert Right("patch", "deployments.apps", "portal") in look(api, requirements).missing
    fake.says("POST", REVIEWS, recorded("review-allowed"))
    assert look(api, requirements).missing == ()


@pytest.mark.parametrize("name", ["pod-security", "no-priority-class", "quota-exceeded", "unknown-field"])
def test_what_the_clusters_rules_refuse_is_told_in_their_words(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements, name: str
) -> None:
    fake.says("PATCH", f"{PODS}/backstage-preflight", recorded(name))
    assert look(api, requirements).refusals == (Refusal(recorded(name).body["message"]),)


def test_what_we_have_no_right_to_is_no_refusal_of_the_object(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    """The API has the same status for both, so it is asked about the right itself."""
    fake.says("PATCH", f"{PODS}/backstage-preflight", recorded("forbidden-apply"))
    fake.says("POST", REVIEWS, reviewed(lambda asked: asked["resource"] == "pods" and asked["verb"] == "create"))
    assert look(api, requirements).refusals == ()
    fake.says("POST", REVIEWS, reviewed(lambda _: False))
    assert look(api, requirements).refusals == (Refusal(recorded("forbidden-apply").body["message"]),)


def test_what_could_be_made_anew_is_a_refusal_of_the_change_only(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    message = recorded("changed-stateful-set").body["message"]
    fake.says("PATCH", STATEFUL_SET, recorded("changed-stateful-set"))
    tried = f"{STATEFUL_SET}-preflight"
    for answer, change_only in (
        (found({}), True),
        # What the old object has still.
        (recorded("quota-exceeded"), True),
        (recorded("invalid-deployment"), True),
        # The same fields are wrong in a new one.
        (recorded("changed-stateful-set"), False),
    ):
        fake.says("PATCH", tried, answer)
        assert look(api, requirements).refusals == (Refusal(message, change_only=change_only),)
    assert fake.asked_for("PATCH", tried)[0].body["metadata"]["name"] == "database-preflight"


def test_a_claim_is_never_made_anew(fake: FakeApi, api: ClusterApi, requirements: GraphRequirements) -> None:
    claim = "/api/v1/namespaces/portal/persistentvolumeclaims/database-data"
    fake.says("PATCH", claim, recorded("changed-claim"))
    fake.says("PATCH", f"{claim}-preflight", found({}))
    (refusal,) = look(api, requirements).refusals
    assert not refusal.change_only
    assert "\n" not in refusal.message
    assert fake.asked_for("PATCH", f"{claim}-preflight") == []


def test_one_refusal_of_many_objects_is_told_once(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    for name in ("backstage", "database"):
        fake.says("PATCH", f"{PODS}/{name}-preflight", recorded("pod-security"))
    assert len(look(api, requirements).refusals) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [(recorded("unauthorized"), UnauthorizedError), (Answer(502, "Bad Gateway"), UnreachableError)],
)
def test_a_cluster_that_is_lost_on_the_way_is_an_error_and_no_finding(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements, answer: Answer, error: type[Exception]
) -> None:
    identity = read_identity(api, "portal")
    for path in (f"{PODS}/backstage-preflight", PODS):
        fake.says("PATCH" if path.endswith("preflight") else "GET", path, answer)
        with pytest.raises(error):
            take_snapshot(api, requirements, identity)
        say_that_it_fits(fake, requirements)


def test_a_cluster_that_is_gone_is_not_asked_everything_else(
    fake: FakeApi, api: ClusterApi, requirements: GraphRequirements
) -> None:
    """Each of some sixty questions would wait for as long as the first did."""
    identity = read_identity(api, "portal")
    fake.says("POST", REVIEWS, Answer(502, "Bad Gateway"))
    fake.asked.clear()
    with pytest.raises(UnreachableError):
        take_snapshot(api, requirements, identity)
    assert {asked.path for asked in fake.asked} == {REVIEWS}


def test_namespaces_of_others_are_seen(fake: FakeApi, api: ClusterApi) -> None:
    say_namespace(fake, "portal", {"team": "platform"})
    namespace = read_identity(api, "portal").namespace
    assert namespace is not None
    assert namespace["metadata"]["labels"] == {"team": "platform"}


def test_what_is_listed_is_of_the_namespace(fake: FakeApi, api: ClusterApi, requirements: GraphRequirements) -> None:
    deployment: dict[str, Any] = {"metadata": {"name": "backstage", "labels": {}}}
    fake.says("GET", "/apis/apps/v1/namespaces/portal/deployments", listed("Deployment", [deployment]))
    assert look(api, requirements).of_kind("Deployment") == [{"kind": "Deployment", **deployment}]
