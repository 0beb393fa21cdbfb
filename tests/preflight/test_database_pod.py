"""The pod that tries a database: what is made for it, what it found out, and that nothing of it stays."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.kubernetes.api import ClusterApi
from portal.models.database.engine import PasswordSecret
from portal.preflight import database_pod
from portal.preflight.database import Database, check_database
from portal.preflight.database_outcomes import FITS, OUTCOMES
from portal.preflight.database_pod import try_database
from portal.preflight.database_script import TRY_DATABASE
from tests.support.fake_api import Answer, Asked, FakeApi, api_for, fake_api, found, listed, recorded
from tests.support.fitting_cluster import local_requirements

WORDS = {"HOST": "db.example", "PORT": "5432", "USER": "owner", "NAME": "backstage"}
ENVIRONMENT = {f"PORTAL_DB_{key}": value for key, value in WORDS.items()}
GIVEN = Database(ENVIRONMENT, ("catalog",), "an authority", "hunter2")
RESTRICTED = "pod-security.kubernetes.io/enforce"


def collections(namespace: str) -> list[str]:
    return [
        f"/api/v1/namespaces/{namespace}/pods",
        f"/api/v1/namespaces/{namespace}/secrets",
        f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies",
    ]


class Cluster:
    """A cluster that keeps what it is given, and whose pod ends with what the test says."""

    def __init__(self, fake: FakeApi) -> None:
        self.fake, self.objects = fake, dict[str, Any]()
        self.status: Any = ended(json.dumps({"outcome": FITS}))
        self.made: list[Any] = []
        self.keep("/api/v1/namespaces")
        for collection in collections("portal"):
            self.keep(collection)

    def keep(self, collection: str) -> None:
        self.fake.says("POST", collection, self._create)
        self.fake.says("GET", collection, self._list)

    def put(self, collection: str, item: Any) -> None:
        path = f"{collection}/{item['metadata']['name']}"
        self.objects[path] = item
        self.fake.says("GET", path, lambda _: found({**item, "status": self.status}))
        self.fake.says("DELETE", path, lambda _: self._delete(path))

    def _create(self, asked: Asked) -> Answer:
        self.made.append(asked.body)
        self.put(asked.path, asked.body)
        if asked.body["kind"] == "Namespace":
            for collection in collections(asked.body["metadata"]["name"]):
                self.keep(collection)
        return Answer(201, asked.body)

    def _list(self, asked: Asked) -> Answer:
        wanted = dict(pair.split("=") for pair in asked.query["labelSelector"].split(","))
        items = [item for path, item in self.objects.items() if path.rpartition("/")[0] == asked.path]
        return listed("Item", [i for i in items if wanted.items() <= i["metadata"].get("labels", {}).items()])

    def _delete(self, path: str) -> Answer:
        # With a namespace goes what is in it.
        inside = f"{path.removeprefix('/api/v1')}/"
        for other in [one for one in self.objects if one == path or inside in one]:
            del self.objects[other]
        return found({"kind": "Status", "status": "Success"})


def ended(message: str, **more: Any) -> dict[str, Any]:
    return {"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"message": message, **more}}}]}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Generator[Cluster]:
    monkeypatch.setattr(database_pod, "POLL_SECONDS", 0)
    with fake_api() as fake:
        yield Cluster(fake)


@pytest.fixture
def api(cluster: Cluster, tmp_path: Path) -> ClusterApi:
    return api_for(cluster.fake, tmp_path)


def tried(api: ClusterApi, database: Database = GIVEN, *, exists: bool = True) -> Mapping[str, Any]:
    return try_database(api, local_requirements(), database, namespace_exists=exists)


def test_what_the_script_found_is_told_and_nothing_stays(cluster: Cluster, api: ClusterApi) -> None:
    cluster.status = ended(json.dumps({"outcome": "rights", "names": ["CREATE"]}))
    assert tried(api) == {"outcome": "rights", "names": ["CREATE"]}
    assert cluster.objects == {}
    assert [item["kind"] for item in cluster.made] == ["NetworkPolicy", "Secret", "Pod"]


def test_the_pod_is_the_portals_with_its_rules_and_the_password_is_in_a_secret_only(
    cluster: Cluster, api: ClusterApi
) -> None:
    tried(api)
    policy, secret, pod = cluster.made
    portal = next(w for w in local_requirements().workloads if w.name == "backstage")
    assert pod["spec"]["containers"][0]["image"] == portal.pod["containers"][0]["image"]
    assert pod["spec"]["securityContext"] == portal.pod["securityContext"]
    assert policy["spec"]["egress"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert secret["stringData"] == {"password": "hunter2", "ca.pem": "an authority"}
    assert "hunter2" not in json.dumps([policy, pod])
    # Nothing that looks for a stack's own objects may find these.
    assert not [item for item in cluster.made if "app.kubernetes.io/managed-by" in item["metadata"]["labels"]]


def test_a_password_that_the_cluster_keeps_is_mounted_from_there(cluster: Cluster, api: ClusterApi) -> None:
    tried(api, Database(ENVIRONMENT, (), None, PasswordSecret("given", "word")))
    _, secret, pod = cluster.made
    assert secret["stringData"] == {}
    (volume,) = pod["spec"]["volumes"]
    assert {"name": "given", "items": [{"key": "word", "path": "password"}]} in [
        source["secret"] for source in volume["projected"]["sources"]
    ]


def test_a_namespace_that_is_not_there_is_lent_one_as_restricted(cluster: Cluster, api: ClusterApi) -> None:
    tried(api, exists=False)
    space, *inside = cluster.made
    name = space["metadata"]["name"]
    assert re.fullmatch("portal-preflight-[0-9a-f]{6}", name)
    assert space["metadata"]["labels"][RESTRICTED] == "restricted"
    assert {item["metadata"]["namespace"] for item in inside} == {name}
    assert cluster.objects == {}


@pytest.mark.parametrize("exists", [True, False])
def test_what_a_killed_run_left_goes_first_and_what_is_others_stays(
    cluster: Cluster, api: ClusterApi, exists: bool
) -> None:
    ours = {"app.kubernetes.io/name": "portal-preflight", "app.kubernetes.io/part-of": "local"}
    theirs = {**ours, "app.kubernetes.io/part-of": "other"}
    collection = collections("portal")[0] if exists else "/api/v1/namespaces"
    cluster.put(collection, {"metadata": {"name": "old", "labels": ours}})
    cluster.put(collection, {"metadata": {"name": "others", "labels": theirs}})
    tried(api, exists=exists)
    asked = [(one.method, one.path) for one in cluster.fake.asked]
    assert asked.index(("DELETE", f"{collection}/old")) < next(i for i, one in enumerate(asked) if one[0] == "POST")
    assert list(cluster.objects) == [f"{collection}/others"]


def test_an_image_that_does_not_come_is_an_outcome(cluster: Cluster, api: ClusterApi) -> None:
    waiting = {"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}
    cluster.status = {"phase": "Pending", "containerStatuses": [waiting]}
    assert tried(api) == {"outcome": "image", "message": "not found"}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ended("", reason="Error", exitCode=1), "without an answer (Error with exit code 1)"),
        ({"phase": "Failed", "reason": "Evicted", "message": "the node is full"}, "Evicted: the node is full"),
        ({"phase": "Pending", "conditions": [{"message": "no node"}]}, "did not start within 0 s (no node)"),
    ],
)
def test_a_pod_that_cannot_be_had_is_no_finding_and_goes_too(
    cluster: Cluster, api: ClusterApi, monkeypatch: pytest.MonkeyPatch, status: Any, words: str
) -> None:
    monkeypatch.setattr(database_pod, "LIMIT_SECONDS", 0.2)
    cluster.status = status
    with pytest.raises(PortalError) as caught:
        tried(api)
    assert words in str(caught.value)
    assert cluster.objects == {}


def test_where_we_may_make_no_pod_what_was_made_before_goes(cluster: Cluster, api: ClusterApi) -> None:
    cluster.fake.says("POST", collections("portal")[0], recorded("pod-security"))
    with pytest.raises(PortalError, match="violates PodSecurity"):
        tried(api)
    assert [item["kind"] for item in cluster.made] == ["NetworkPolicy", "Secret"]
    assert cluster.objects == {}


def test_every_outcome_of_the_script_has_its_sentence() -> None:
    said = set(re.findall(r"(?:: |return |outcome: )'([a-z]+)'", TRY_DATABASE))
    assert said - {FITS} == OUTCOMES.keys() - {"image"}


@pytest.mark.parametrize("outcome", [*OUTCOMES, "of another version"])
def test_a_sentence_is_whole_whatever_a_server_says(outcome: str) -> None:
    result = {"outcome": outcome, "message": "{no} template", "names": ["CREATE", "TEMPORARY"]}
    (error,) = check_database(GIVEN, result, lambda path: ".".join(map(str, path)))
    key = OUTCOMES.get(outcome, OUTCOMES["other"]).key
    assert error.key == (f"portal:database.{key}" if key else "portal:database")
    left = re.findall(r"\{\w*\}", error.sentence)
    assert left in ([], ["{no}"])
    assert "hunter2" not in error.sentence
