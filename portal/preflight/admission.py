"""What the API server itself would refuse: schemas, webhooks, Pod Security, limits. Asked as a dry run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

# Whose changes they would be: those of `portal up`.
FIELD_MANAGER = PORTAL
# Added to the name of what is tried and is not in the graph by that name.
TRIED = "-preflight"


@dataclass(frozen=True)
class Refusal:
    """One refusal, in the API server's words.

    ``change_only``: it refuses the change, and would take the same object as a new one.
    """

    message: str
    change_only: bool = False


def tried_objects(
    requirements: GraphRequirements, served: Mapping[str, frozenset[str]], *, namespace_exists: bool
) -> list[Object]:
    """What can be tried: all of the graph, but what is in a namespace only where that is there.

    Pods are tried as well, as their Deployments would make them: those are what Pod Security and limits look at.
    """
    objects = requirements.known_to(served)
    if namespace_exists:
        objects += [_pod(requirements.namespace, workload) for workload in requirements.workloads]
    else:
        objects = [item for item in objects if "namespace" not in item["metadata"]]
    # A graph that was recorded without its secrets has a word in place of each.
    empty: Object = {}
    return [item if is_mapping(item.get("stringData", empty)) else {**item, "stringData": empty} for item in objects]


def try_object(api: ClusterApi, item: Object) -> Refusal | None:
    """Apply an object as a dry run. That we have no right to is no refusal: missing rights are told by kind."""
    try:
        api.try_apply(object_path(item), item, FIELD_MANAGER)
    except UnauthorizedError:
        raise
    except ForbiddenError as error:
        return Refusal(error.status.message) if _may_apply(api, item) else None
    except InvalidError as error:
        return Refusal(error.status.message, change_only=_fits_as_new(api, item, error.status))
    except StatusError as error:
        return Refusal(error.status.message)
    return None


def check_admission(found: Sequence[Refusal], where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """One sentence for each refusal."""
    for refusal in found:
        yield SituationError(
            f"the cluster would refuse an object of this stack ({refusal.message})",
            "change the setting that it names, or ask whoever made the cluster's rule",
            where=where(("cluster",)),
        )


def _may_apply(api: ClusterApi, item: Object) -> bool:
    """Whether we have the rights that applying it takes: the API has one status for missing ones and for its rules."""
    group, plural = resource_type(item)
    resource, place = f"{plural}.{group}" if group else plural, str(item["metadata"].get("namespace", ""))
    return all(is_allowed(api, Right(verb, resource, place)) for verb in ("patch", "create"))


def _fits_as_new(api: ClusterApi, item: Object, refused: Status) -> bool:
    """Whether the same object is in order under a name that is free. Asked of the API, which gives no other sign.

    What a new one is refused for besides is what the old one has still: a node's port, a place in the quota. Never so
    for a volume claim: made anew, its data would be gone.
    """
    if item["kind"] == "PersistentVolumeClaim":
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
    """The pod of a workload. Its account is not there yet at the first `up`, and nothing here depends on it."""
    metadata: Object = workload.template.get("metadata", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": f"{workload.name}{TRIED}", "namespace": namespace},
        "spec": {key: value for key, value in workload.pod.items() if key != "serviceAccountName"},
    }
