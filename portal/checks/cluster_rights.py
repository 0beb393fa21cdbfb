"""Objects of Kubernetes that app-config makes the portal read, and its role does not let it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.checks.door import View, nodes_of
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

FIX = (
    "remove it, or write a plugin of your own whose record has a rule with the verbs get, list and watch for it:"
    " docs/how-to/add-a-plugin.md"
)
# The word of Backstage's list that stands for all of `customResources`.
_NO_RESOURCE = "customresources"
_CLUSTERS = ("kubernetes", "clusterLocatorMethods")
_OWN_HOST = "kubernetes.default"


def check_cluster_rights(plan: Plan) -> Iterator[InputError]:
    """Find object types and custom resources without a rule. Their pages would say 403 (backstage/backstage#13767).

    The role stays as records write it: appConfig alone gives no rights in a cluster. In any other cluster than the
    portal's own, what may be read is up to the credential for it, which nothing here knows.
    """
    readable, own = set(_readable(plan)), tuple(_own_clusters(plan))
    for node in View(plan).nodes:
        if not node.below("kubernetes") or not _reads_own_cluster(node.path, own):
            continue
        named: str | None = None
        if node.key == "objectTypes" and isinstance(node.value, str):
            named = node.value.lower()
        elif node.key == "customResources" and is_mapping(node.value):
            named = str(node.value.get("plural")).lower()
        if named is not None and named not in {*readable, _NO_RESOURCE}:
            yield SituationError(
                f"{app_config_key(node.path)} makes the portal read {named}, which its role does not allow",
                FIX,
                where=app_config_location(plan, node.path),
            )


def _reads_own_cluster(path: KeyPath, own: Collection[KeyPath]) -> bool:
    """Whether a key makes the portal read the cluster that it runs in: one for all clusters, or that cluster's own."""
    if path[: len(_CLUSTERS)] == _CLUSTERS:
        return any(path[: len(place)] == place for place in own)
    return bool(own)


def _own_clusters(plan: Plan) -> Iterator[KeyPath]:
    """Where app-config names the portal's own cluster."""
    methods = value_at(plan.app_config.data, _CLUSTERS)
    for index, method in enumerate(methods if is_list(methods) else ()):
        clusters = method.get("clusters") if is_mapping(method) else None
        for number, cluster in enumerate(clusters if is_list(clusters) else ()):
            if is_mapping(cluster) and _is_own_address(str(cluster.get("url"))):
                yield (*_CLUSTERS, index, "clusters", number)


def _is_own_address(url: str) -> bool:
    """Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ (the Service of the API)."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host == _OWN_HOST or host.startswith(f"{_OWN_HOST}.")


def _readable(plan: Plan) -> Iterator[str]:
    """What the rules in the records of enabled plugins let the portal list."""
    for plugin in plan.plugins.values():
        for node in nodes_of(plugin.record.kubernetes.model_dump(mode="json") if plugin.enabled else {}):
            rule: Mapping[str, Any] = node.value if is_mapping(node.value) else {}
            resources, verbs = rule.get("resources"), rule.get("verbs")
            if is_list(resources) and is_list(verbs) and {"list", "*"} & set(verbs):
                yield from (str(name).lower() for name in resources)
