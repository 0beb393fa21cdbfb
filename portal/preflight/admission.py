"""Find what the API server would refuse (schemas, webhooks, Pod Security, limits), with a dry run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath
from portal.contract import PORTAL
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import ForbiddenError, InvalidError, Status, StatusError, UnauthorizedError
from portal.kubernetes.api_paths import object_path, resource_type
from portal.preflight.requirements import GraphRequirements, Object, Workload
from portal.preflight.rights import Right, is_allowed

# The field manager of `portal up`.
FIELD_MANAGER = PORTAL
# Added to the name of a tried object that is not in the graph under that name.
TRIED = "-preflight"
CLAIM = "PersistentVolumeClaim"


@dataclass(frozen=True)
class Refusal:
    """One refusal, in the API server's words.

    ``change_only``: it refuses the change, but would accept the same object as a new one. ``kind`` is the object's.
    """

    message: str
    change_only: bool = False
    kind: str = field(default="", compare=False)


def tried_objects(
    requirements: GraphRequirements, served: Mapping[str, frozenset[str]], *, namespace_exists: bool
) -> list[Object]:
    """The objects to try: all of the graph. Namespaced ones only if the namespace exists.

    Pods are tried too, as their Deployments would make them, because Pod Security and limits apply to pods.
    """
    objects = requirements.known_to(served)
    if namespace_exists:
        objects += [_pod(requirements.namespace, workload) for workload in requirements.workloads]
    else:
        objects = [item for item in objects if "namespace" not in item["metadata"]]
    # A graph that was recorded without secrets has a text in place of each.
    empty: Object = {}
    return [item if is_mapping(item.get("stringData", empty)) else {**item, "stringData": empty} for item in objects]


def try_object(api: ClusterApi, item: Object) -> Refusal | None:
    """Apply an object as a dry run. A missing right is no refusal here; ``rights`` reports those."""
    kind = str(item["kind"])
    try:
        api.try_apply(object_path(item), item, FIELD_MANAGER)
    except UnauthorizedError:
        raise
    except ForbiddenError as error:
        return Refusal(error.status.message, kind=kind) if _may_apply(api, item) else None
    except InvalidError as error:
        return Refusal(error.status.message, change_only=_fits_as_new(api, item, error.status), kind=kind)
    except StatusError as error:
        return Refusal(error.status.message, kind=kind)
    return None


def check_admission(found: Sequence[Refusal], where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """One error for each refusal. One that follows from a single setting names it."""
    for refusal in found:
        if refusal.kind == CLAIM:
            yield SituationError(
                f"the cluster would refuse what portal:database says about its volume ({refusal.message})",
                "write the storage and storageClass back that the claim has; it can only grow, and only if its class"
                " has allowVolumeExpansion",
                where=where(("database", "storage")),
            )
            continue
        yield SituationError(
            f"the cluster would refuse an object of this stack ({refusal.message})",
            "change the setting that it names, or ask whoever made the cluster's rule",
            where=where(("cluster",)),
        )


def _may_apply(api: ClusterApi, item: Object) -> bool:
    """Whether we may apply it. The API has the same status for missing rights and for its rules."""
    group, plural = resource_type(item)
    resource, place = f"{plural}.{group}" if group else plural, str(item["metadata"].get("namespace", ""))
    return all(is_allowed(api, Right(verb, resource, place)) for verb in ("patch", "create"))


def _fits_as_new(api: ClusterApi, item: Object, refused: Status) -> bool:
    """Whether the API would accept the same object under a free name. Nothing else shows that only the change is wrong.

    The new object may also be refused for what the old one still has, such as a node port or a quota. Never true for a
    volume claim: replacing it would lose its data.
    """
    if item["kind"] == CLAIM:
        return False
    new = {**item, "metadata": {**item["metadata"], "name": f"{item['metadata']['name']}{TRIED}"}}
    try:
        api.try_apply(object_path(new), new, FIELD_MANAGER)
    except InvalidError as error:
        return not {cause.field for cause in error.status.causes} & {cause.field for cause in refused.causes}
    except StatusError:
        return True
    return True


def _pod(namespace: str, workload: Workload) -> dict[str, Any]:
    """The pod of a workload, without its service account, which does not exist before the first `up`."""
    metadata: Object = workload.template.get("metadata", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": f"{workload.name}{TRIED}", "namespace": namespace},
        "spec": {key: value for key, value in workload.pod.items() if key != "serviceAccountName"},
    }
