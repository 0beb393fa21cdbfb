"""Try a database from a pod that lives for seconds, because only the cluster's own network can tell.

It is the portal's own pod with another script: the same image, permissions, nodes, and outgoing rules. Everything that
it creates is deleted at the end, whatever happens. The next run deletes what a killed one left.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from portal.base.errors import PortalError
from portal.base.pod_environment import literal
from portal.contract import INSTANCE_LABEL, NAME_LABEL
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path, named, resource_type
from portal.kubernetes.failure import FINAL, MAY_PASS
from portal.models.database.engine import PasswordSecret
from portal.preflight.database import Database, portal_workload
from portal.preflight.database_script import AUTHORITIES, FILES, PASSWORD, TRY_DATABASE
from portal.preflight.requirements import GraphRequirements, Object, Workload

# An image of some 300 MB may have to be pulled first.
LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.3
NAME = "portal-preflight"
# Not the labels of a stack's own objects: nothing that looks for those may find these.
STACK_LABEL = "app.kubernetes.io/part-of"

# What a try makes, in the order in which it goes.
_MADE = (("v1", "pods"), ("v1", "secrets"), ("networking.k8s.io/v1", "networkpolicies"))

# Of the portal's pod: where it runs and how restricted it is.
_KEPT = ("imagePullSecrets", "nodeSelector", "tolerations", "priorityClassName", "securityContext", "affinity")
_KEPT_OF_CONTAINER = ("image", "imagePullPolicy", "securityContext", "resources")


def try_database(
    api: ClusterApi, requirements: GraphRequirements, database: Database, *, namespace_exists: bool
) -> Mapping[str, Any]:
    """What the script found out. PortalError if the pod cannot run in time."""
    workload = portal_workload(requirements)
    if workload is None:
        raise PortalError("nothing in the graph runs a portal")
    name = f"{NAME}-{secrets.token_hex(3)}"
    namespace = requirements.namespace if namespace_exists else name
    with _space(api, requirements, namespace, temporary=not namespace_exists):
        for item in (*_policies(requirements, workload, name), *_files(database, name), _pod(workload, database, name)):
            labels = {NAME_LABEL: NAME, STACK_LABEL: requirements.stack, INSTANCE_LABEL: name}
            item["metadata"] |= {"namespace": namespace, "labels": labels}
            _, plural = resource_type(item)
            api.create(collection_path(item["apiVersion"], plural, namespace), item)
        return _result(api, namespace, name)


@contextmanager
def _space(api: ClusterApi, requirements: GraphRequirements, namespace: str, *, temporary: bool) -> Generator[None]:
    """A namespace to try in. Before and after, nothing of ours is in it."""
    selector = f"{NAME_LABEL}={NAME},{STACK_LABEL}={requirements.stack}"
    inside = [collection_path(version, plural, namespace) for version, plural in _MADE]
    namespaces = collection_path("v1", "namespaces")
    try:
        _delete(api, [namespaces] if temporary else inside, selector)
        if temporary:
            labels = {**_security(requirements.of_kind("Namespace")), NAME_LABEL: NAME, STACK_LABEL: requirements.stack}
            metadata = {"name": namespace, "labels": labels}
            api.create(namespaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        yield
    finally:
        if temporary:
            with suppress(PortalError):
                api.delete(named(namespaces, namespace))
        else:
            _delete(api, inside, selector)


def _delete(api: ClusterApi, collections: Sequence[str], selector: str) -> None:
    """Delete our objects one by one, because few accounts may delete a collection."""
    for collection in collections:
        with suppress(PortalError):
            for item in api.list(collection, labels=selector, metadata_only=True):
                api.delete(named(collection, item["metadata"]["name"]), now=collection.endswith("/pods"))


def _security(namespaces: list[Object]) -> dict[str, Any]:
    """As restricted as the namespace that the stack makes."""
    labels = (label for item in namespaces for label in item["metadata"].get("labels", {}).items())
    return {key: value for key, value in labels if key.startswith("pod-security.kubernetes.io/")}


def _policies(requirements: GraphRequirements, workload: Workload, name: str) -> list[dict[str, Any]]:
    """The portal's own outgoing rules, for this pod. What they block, the portal cannot reach either."""
    labels: Mapping[str, Any] = workload.template["metadata"]["labels"]
    rules = [
        rule
        for policy in requirements.of_kind("NetworkPolicy")
        if (selected := policy["spec"]["podSelector"].get("matchLabels")) and selected.items() <= labels.items()
        for rule in policy["spec"].get("egress", [])
    ]
    spec = {
        "podSelector": {"matchLabels": {INSTANCE_LABEL: name}},
        "policyTypes": ["Egress"],
        "egress": rules,
    }
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}
    return [policy] if rules else []


def _files(database: Database, name: str) -> list[dict[str, Any]]:
    values = {AUTHORITIES: database.authorities} if database.authorities is not None else {}
    if not isinstance(database.password, PasswordSecret):
        values[PASSWORD] = database.password
    return [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "immutable": True, "stringData": values}]


def _pod(workload: Workload, database: Database, name: str) -> dict[str, Any]:
    portal: Object = workload.pod["containers"][0]
    sources: list[dict[str, Any]] = [{"secret": {"name": name}}]
    if isinstance(database.password, PasswordSecret):
        item = {"key": database.password.key, "path": PASSWORD}
        sources.append({"secret": {"name": database.password.name, "items": [item]}})
    environment = {**database.environment, "PREFLIGHT_SCHEMAS": json.dumps(database.schemas)}
    container = {
        **{key: portal[key] for key in _KEPT_OF_CONTAINER if key in portal},
        "name": "preflight",
        "command": ["node", "--eval", TRY_DATABASE],
        "env": [{"name": key, "value": literal(value)} for key, value in environment.items()],
        "volumeMounts": [{"name": "files", "mountPath": FILES, "readOnly": True}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            **{key: workload.pod[key] for key in _KEPT if key in workload.pod},
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            # It ends by itself even where nobody is left to delete it.
            "activeDeadlineSeconds": int(LIMIT_SECONDS),
            "terminationGracePeriodSeconds": 0,
            "volumes": [{"name": "files", "projected": {"defaultMode": 0o440, "sources": sources}}],
            "containers": [container],
        },
    }


def _result(api: ClusterApi, namespace: str, name: str) -> Mapping[str, Any]:
    deadline = time.monotonic() + LIMIT_SECONDS
    why = ""
    while time.monotonic() < deadline:
        pod = api.get(named(collection_path("v1", "pods", namespace), name))
        for status in pod.get("status", {}).get("containerStatuses", []):
            state: Object = status.get("state", {})
            if "terminated" in state:
                return _parsed(state["terminated"])
            waiting: Object = state.get("waiting", {})
            if waiting.get("reason") in {*FINAL, *MAY_PASS, "ErrImagePull"}:
                return {"outcome": "image", "message": waiting.get("message", waiting["reason"])}
        if pod["status"].get("phase") == "Failed":
            raise PortalError(f"{pod['status'].get('reason', 'failed')}: {pod['status'].get('message', '')}")
        why = "; ".join(str(c.get("message", "")) for c in pod["status"].get("conditions", []) if c.get("message"))
        time.sleep(POLL_SECONDS)
    raise PortalError(f"its pod did not start within {LIMIT_SECONDS:.0f} s ({why})")


def _parsed(terminated: Object) -> Mapping[str, Any]:
    try:
        return json.loads(terminated.get("message", ""))
    except ValueError:
        reason = f"{terminated.get('reason', '')} with exit code {terminated.get('exitCode')}"
        raise PortalError(f"its pod ended without an answer ({reason.strip()})") from None
