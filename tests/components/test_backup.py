"""The component that makes backups: what its pods know, what they reach, and when they run anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pytest

from components.backstage.backup import Backup
from components.backstage.backup_args import BackupArgs, BackupChoice, Kept
from components.backstage.backup_bucket import AccessKey, BackupBucket, Role
from components.backstage.backup_place import BackupPlace
from components.backstage.backup_volume import BackupVolume
from components.claim import Storage
from components.network_rules import to_anywhere
from policies.rules import violations
from portal.graph.model import Graph
from tests.components.given import CONNECTION, DIGEST, METADATA, only, pod, recorded, secret

LABELS = {"app.kubernetes.io/instance": "test", "app.kubernetes.io/component": "backup"}
ROLE = "arn:aws:iam::123456789012:role/backups"
CANARY = "canary of the bucket"
KEPT = Kept(daily=7, weekly=4, releases=5, by_hand=3)


def volume() -> BackupPlace:
    return BackupVolume(storage=Storage(size="5Gi"))


def bucket(
    fingerprint: str | None = None,
    role: str | None = None,
    endpoint: str | None = None,
    authority: str | None = None,
) -> BackupPlace:
    return BackupBucket(
        bucket="acme",
        prefix="prod",
        region="eu-central-1",
        endpoint=endpoint,
        authority=authority,
        sign_in=Role(arn=role) if role is not None else AccessKey(id="AK1", secret=secret(CANARY, fingerprint)),
        egress=[to_anywhere(443)],
    )


def backups(kind: str = "volume", **changes: Any) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        place = volume() if kind == "volume" else bucket(**changes)
        choice = BackupChoice(public_key="age1x", schedule="0 2 * * *", kept=KEPT, place=place, work_size="1Gi")
        args = BackupArgs(
            namespace="test",
            metadata=METADATA,
            labels=LABELS,
            client_image=f"postgres{DIGEST}",
            image=f"portal{DIGEST}",
            database=CONNECTION,
            choice=choice,
            stack="prod",
            release="r-1",
        )
        Backup("backup", args, opts)

    return recorded(make)


def mounts(container: Any) -> set[str]:
    return {one["name"] for one in container["volumeMounts"]}


def of_pod(graph: Graph) -> tuple[Any, Sequence[Any], Any]:
    """The spec, the containers before, and the one that stores."""
    spec = pod(graph, "Job")
    (store,) = spec["containers"]
    return spec, spec["initContainers"], store


@pytest.mark.parametrize(
    "graph", [backups(), backups("bucket"), backups("bucket", role=ROLE)], ids=["volume", "key", "role"]
)
def test_it_keeps_to_the_rules_and_the_schedule_runs_what_the_job_runs(graph: Graph) -> None:
    assert violations(graph) == []
    scheduled = only(graph, "CronJob").inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    spec, before, store = of_pod(graph)
    assert [one["name"] for one in before][-1:] == ["dump"]
    assert {**scheduled, "containers": []} == {**spec, "containers": []}
    assert "database" in mounts(before[-1]), "what dumps knows the password"
    assert "database" not in mounts(store), "and what stores does not"


def test_only_what_stores_knows_the_key_of_the_bucket() -> None:
    graph = backups("bucket")
    spec, before, store = of_pod(graph)
    (named,) = [
        one["name"] for one in spec["volumes"] if one.get("secret", {}).get("secretName", "").startswith("backup-b")
    ]
    assert named in mounts(store)
    assert not [one["name"] for one in before if named in mounts(one)]
    assert [one.name for one in graph if CANARY in json.dumps(one.inputs, default=str)] == [], "it is masked"
    assert only(graph, "Secret").name.startswith("backup-bucket-")
    assert graph.of_kind("PersistentVolumeClaim") == []


def test_another_key_makes_another_backup_and_its_name_says_nothing_of_the_key() -> None:
    one, other = (only(backups("bucket", fingerprint=mark), "Job").name for mark in ("one", "two"))
    assert one != other
    assert only(backups("bucket", fingerprint="one"), "Job").name == one


def test_a_role_is_the_service_accounts_and_there_is_no_secret() -> None:
    graph = backups("bucket", role=ROLE)
    account = only(graph, "ServiceAccount").inputs
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == ROLE
    assert of_pod(graph)[0]["serviceAccountName"] == account["metadata"]["name"]
    assert of_pod(graph)[0]["automountServiceAccountToken"] is False
    # The webhook of EKS would give the role to every container, the one with the database's password too.
    for kind in ("Job", "CronJob"):
        spec = only(graph, kind).inputs["spec"]
        template = (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]
        skipped = template["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"].split(",")
        assert skipped == ["authorities", "dump"]
    assert graph.of_kind("Secret") == []
    assert "serviceAccountName" not in of_pod(backups("bucket"))[0]


@pytest.mark.parametrize(("kind", "ports"), [("volume", [6432]), ("bucket", [443, 6432])])
def test_its_pods_reach_the_database_and_their_place(kind: str, ports: list[int]) -> None:
    rules = only(backups(kind), "NetworkPolicy").inputs["spec"]["egress"]
    assert sorted(port["port"] for rule in rules for port in rule["ports"] if port["port"] != 53) == ports


def test_the_address_is_told_where_it_is_not_aws() -> None:
    (files,) = backups("bucket", endpoint="https://minio.acme.example").of_kind("ConfigMap")
    told = json.loads(files.inputs["data"]["backup.json"])["place"]
    assert told == {
        "accessKeyId": "AK1",
        "bucket": "acme",
        "endpoint": "https://minio.acme.example",
        "prefix": "prod",
        "region": "eu-central-1",
    }


def test_an_authority_is_what_stores_trusts() -> None:
    graph = backups("bucket", endpoint="https://minio.acme.example", authority="PEM")
    store = of_pod(graph)[2]
    (path,) = [one["value"] for one in store["env"] if one["name"] == "NODE_EXTRA_CA_CERTS"]
    (mounted,) = [one for one in store["volumeMounts"] if one["mountPath"] == path]
    assert only(graph, "ConfigMap").inputs["data"][mounted["subPath"]] == "PEM"
    assert "NODE_EXTRA_CA_CERTS" not in [one["name"] for one in of_pod(backups("bucket"))[2]["env"]]
