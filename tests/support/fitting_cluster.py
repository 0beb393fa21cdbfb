"""A cluster that fits the local stack: the stack's objects, and a server that answers as that cluster would."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from portal.kubernetes.api_paths import object_path
from portal.preflight.admission import tried_objects
from portal.preflight.requirements import GraphRequirements
from tests.support.checkouts import ROOT
from tests.support.fake_api import REVIEWS, Answer, Asked, FakeApi, found, listed, recorded, reviewed

LABELS = {"app.kubernetes.io/managed-by": "portal", "app.kubernetes.io/instance": "local"}
STORAGE = {
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
}
UID = recorded("namespace").body["metadata"]["uid"]


def local_objects() -> list[Any]:
    """The local stack's golden manifests: no need to record them again."""
    return copy.deepcopy(_golden_objects())


@cache
def _golden_objects() -> list[Any]:
    reader: Any = YAML(typ="safe", pure=True)
    return [reader.load(path.read_text()) for path in sorted((ROOT / "tests" / "golden" / "local").glob("*.yaml"))]


def local_requirements() -> GraphRequirements:
    return GraphRequirements("local", tuple(local_objects()))


def taken(asked: Asked) -> Answer:
    """A dry run that goes well: the object comes back."""
    return found(asked.body)


def say_namespace(fake: FakeApi, name: str, labels: Mapping[str, str] = LABELS) -> None:
    item = {"kind": "Namespace", "metadata": {"name": name, "labels": labels}, "status": {"phase": "Active"}}
    fake.says("GET", f"/api/v1/namespaces/{name}", found(item))


def say_that_it_fits(fake: FakeApi, requirements: GraphRequirements) -> None:
    """The namespace is the stack's and empty, we may do everything, and every dry run goes well."""
    inside = f"namespaces/{requirements.namespace}"
    fake.says("GET", "/api/v1/namespaces/kube-system", recorded("namespace"))
    say_namespace(fake, requirements.namespace)
    fake.says("POST", REVIEWS, reviewed(lambda _: False))
    fake.says("GET", "/apis/storage.k8s.io/v1/storageclasses", listed("StorageClass", [STORAGE]))
    fake.says("GET", "/apis/networking.k8s.io/v1/ingressclasses", listed("IngressClass"))
    fake.says("GET", "/apis/scheduling.k8s.io/v1/priorityclasses", recorded("priority-classes"))
    for kind in ("ResourceQuota", "Pod", "PersistentVolumeClaim"):
        fake.says("GET", f"/api/v1/{inside}/{kind.lower()}s", listed(kind))
    fake.says("GET", f"/apis/apps/v1/{inside}/deployments", listed("Deployment"))
    for item in tried_objects(requirements, {}, namespace_exists=True):
        fake.says("PATCH", object_path(item), taken)
