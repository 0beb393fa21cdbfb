"""Where a stack's backups go: what its file says becomes network rules and secrets of the right pods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.contract import BACKUP_SECRET_KEY
from portal.graph.model import Graph
from tests.support.checkouts import copy_checkout, give_secrets
from tests.support.graphs import graph_of

PUBLIC = "age1wuhmx6zfphtxjectsul0hp4vjg7l70su8dnqhs4kvz4rym0g7cns0jueda"


def with_bucket(folder: Path, bucket: str) -> Graph:
    checkout: Checkout = copy_checkout(folder / "checkout")
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text().rstrip()}\n  portal:backup: {{publicKey: {PUBLIC}, bucket: {bucket}}}\n")
    give_secrets(checkout, "local")
    return graph_of(checkout, "local")


def egress(graph: Graph) -> str:
    (policy,) = [one for one in graph.of_kind("NetworkPolicy") if one.name == "backup-policy"]
    return json.dumps(policy.inputs["spec"]["egress"])


@pytest.mark.parametrize(
    ("endpoint", "port", "reach"),
    [
        (None, 443, "0.0.0.0/0"),
        ("https://s3.acme.example:8443", 8443, "0.0.0.0/0"),
        ("http://minio.storage.svc:9000", 9000, '"kubernetes.io/metadata.name": "storage"'),
    ],
)
def test_pods_reach_where_the_bucket_is(tmp_path: Path, endpoint: str | None, port: int, reach: str) -> None:
    where = f", endpoint: '{endpoint}'" if endpoint is not None else ""
    role = "role: 'arn:aws:iam::123456789012:role/backups'"
    said = egress(with_bucket(tmp_path, f"{{name: acme, prefix: portals/local, region: eu-central-1, {role}{where}}}"))
    assert f'"port": {port}' in said
    assert reach in said
    assert '"port": 443' in said, "a role is asked for at AWS"


def test_the_portal_does_not_get_the_key_of_its_backups(tmp_path: Path) -> None:
    graph = with_bucket(tmp_path, "{name: acme, prefix: portals/local, region: eu-central-1, accessKeyId: AK}")
    (name,) = [one.name for one in graph.of_kind("Secret") if one.name.startswith("backup-bucket-")]
    readers = [one.name for one in graph.objects() if name in json.dumps(one.inputs, default=str)]
    assert {reader.rpartition("-")[0] for reader in readers} == {"backup-bucket", "backup"}
    (portal,) = graph.of_kind("Deployment")
    assert BACKUP_SECRET_KEY not in json.dumps(portal.inputs, default=str)
    (files,) = [one for one in graph.of_kind("ConfigMap") if one.name.startswith("backup-files")]
    assert json.loads(files.inputs["data"]["backup.json"])["place"]["prefix"] == "portals/local"
