"""Objects of Kubernetes that app-config makes the portal read, and its role does not let it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.checks.door import View, nodes_of
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

FIX = (
    "remove it, or write a plugin of your own whose record has a rule with the verbs get, list and watch for it:"
    " docs/how-to/add-a-plugin.md"
)


def check_cluster_rights(plan: Plan) -> Iterator[InputError]:
    """Find object types and custom resources without a rule. Their pages would say 403 (backstage/backstage#13767).

    The role stays as records write it: appConfig alone gives no rights in a cluster.
    """
    readable = set(_readable(plan))
    for node in View(plan).nodes:
        if not node.below("kubernetes"):
            continue
        named: str | None = None
        if node.key == "objectTypes" and isinstance(node.value, str):
            named = node.value.lower()
        elif node.key == "customResources" and is_mapping(node.value):
            named = str(node.value.get("plural")).lower()
        if named is not None and named not in readable:
            yield SituationError(
                f"{app_config_key(node.path)} makes the portal read {named}, which its role does not allow",
                FIX,
                where=app_config_location(plan, node.path),
            )


def _readable(plan: Plan) -> Iterator[str]:
    """What the rules in the records of enabled plugins let the portal list."""
    for plugin in plan.plugins.values():
        for node in nodes_of(plugin.record.kubernetes.model_dump(mode="json") if plugin.enabled else {}):
            rule: Mapping[str, Any] = node.value if is_mapping(node.value) else {}
            resources, verbs = rule.get("resources"), rule.get("verbs")
            if is_list(resources) and is_list(verbs) and {"list", "*"} & set(verbs):
                yield from (str(name).lower() for name in resources)
