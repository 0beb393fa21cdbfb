"""A look at a cluster: everything that the checks compare a graph with, in a few questions at the same time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import INSTANCE, MANAGED_BY
from portal.preflight.admission import Refusal, dry_run
from portal.preflight.ask import ask
from portal.preflight.requirements import GraphRequirements, Object, resource_type
from portal.preflight.rights import Right, missing_rights

_CLASSES = "storageclasses,ingressclasses,priorityclasses"
_INSIDE = "resourcequotas,pods,persistentvolumeclaims,deployments"
_GATEWAYS = "gateways.gateway.networking.k8s.io"

# A Secret's type and keys, never a value; one object and a list of them print the same.
_SECRETS = (
    '{{define "one"}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}'
    '{{if .items}}{{range .items}}{{template "one" .}}{{end}}{{else}}{{template "one" .}}{{end}}'
)

# An object's kind, name and labels that say whose it is: no value of a Secret is asked for.
_OWNERS = (
    '{{define "one"}}{{.kind}} {{.metadata.name}} {{with .metadata.labels}}'
    f'{{{{index . "{MANAGED_BY}"}}}}/{{{{index . "{INSTANCE}"}}}}{{{{end}}}}'
    '{{"\n"}}{{end}}'
    '{{if .items}}{{range .items}}{{template "one" .}}{{end}}{{else}}{{template "one" .}}{{end}}'
)


@dataclass(frozen=True)
class ClusterIdentity:
    """Which cluster it is, and the namespace in it: the one question that even an ``up`` without changes asks.

    ``identity`` is the UID of the namespace kube-system, which no other cluster has; None where it may not be read.
    """

    identity: str | None
    namespace: Object | None
    namespace_seen: bool = True

    def exists(self, needs: GraphRequirements) -> bool:
        """Whether the namespace is there: seen, or not to be seen and said to be found."""
        return self.namespace is not None or not (self.namespace_seen or needs.makes_namespace)


@dataclass(frozen=True)
class ClusterSnapshot:
    """What the cluster answered. What this account may not read is in ``unseen``, and nothing is said about it.

    ``strangers`` are objects that have a name of the graph's and are not the stack's (``Service/backstage``).
    """

    place: ClusterIdentity
    items: tuple[Object, ...] = ()
    unseen: frozenset[str] = frozenset()
    served: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    strangers: tuple[str, ...] = ()
    missing: tuple[Right, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind that were seen."""
        return [item for item in self.items if item["kind"] == kind]


def read_identity(kubectl: Kubectl, namespace: str) -> ClusterIdentity:
    """Which cluster answers, and whose the namespace is."""
    answer = ask(kubectl, "get", "namespaces", "kube-system", namespace, "--ignore-not-found", "--output=json")
    found = {str(item["metadata"]["name"]): item for item in answer.items}
    system = found.get("kube-system")
    refused = any(f'namespaces "{namespace}" is forbidden' in line for line in answer.complaints)
    return ClusterIdentity(
        str(system["metadata"]["uid"]) if system is not None else None, found.get(namespace), namespace_seen=not refused
    )


def take_snapshot(kubectl: Kubectl, needs: GraphRequirements, place: ClusterIdentity) -> ClusterSnapshot:
    """Ask for all that the checks need."""
    exists = place.exists(needs)
    inside = f"--namespace={needs.namespace}"
    with ThreadPoolExecutor(max_workers=4) as pool:
        rights = pool.submit(missing_rights, kubectl, needs, namespace_exists=exists)
        served = _served(kubectl, needs)
        refusals = pool.submit(dry_run, kubectl, needs, served, namespace_exists=exists)
        strangers = pool.submit(_strangers, kubectl, needs, served, inside) if exists else None
        answers = [pool.submit(ask, kubectl, "get", _CLASSES, "--output=json")]
        if exists:
            answers.append(pool.submit(ask, kubectl, "get", _INSIDE, inside, "--output=json"))
        answers += [
            pool.submit(ask, kubectl, "get", _GATEWAYS, name, f"--namespace={where}", "--ignore-not-found", "-ojson")
            for where, name in sorted(parents(needs))
            if any("Gateway" in kinds for kinds in served.values())
        ]
        secrets, hidden = _secrets(kubectl, needs, inside)
        read = [answer.result() for answer in answers]
        return ClusterSnapshot(
            place=place,
            items=tuple(item for answer in read for item in answer.items),
            unseen=frozenset(hidden.union(*(answer.forbidden for answer in read))),
            served=served,
            secrets=secrets,
            strangers=strangers.result() if strangers is not None else (),
            missing=rights.result(),
            refusals=refusals.result(),
        )


def parents(needs: GraphRequirements) -> set[tuple[str, str]]:
    """Namespace and name of the Gateways that the graph's routes attach to."""
    return {
        (str(parent.get("namespace", needs.namespace)), str(parent["name"]))
        for route in needs.of_kind("HTTPRoute")
        for parent in route["spec"].get("parentRefs", [])
        if parent.get("kind", "Gateway") == "Gateway"
    }


def _served(kubectl: Kubectl, needs: GraphRequirements) -> dict[str, frozenset[str]]:
    served: dict[str, frozenset[str]] = {}
    for version in sorted(needs.foreign_groups):
        text = ask(kubectl, "get", "--raw", f"/apis/{version}").text
        kinds: list[Object] = json.loads(text)["resources"] if text.strip() else []
        served[version] = frozenset(str(entry["kind"]) for entry in kinds)
    return served


def _strangers(
    kubectl: Kubectl, needs: GraphRequirements, served: Mapping[str, frozenset[str]], inside: str
) -> tuple[str, ...]:
    wanted: dict[str, str] = {}
    for item in needs.objects:
        if "namespace" in item["metadata"] and (
            item["apiVersion"] not in served or item["kind"] in served[item["apiVersion"]]
        ):
            group, plural = resource_type(item)
            name = item["metadata"]["name"]
            wanted[f"{item['kind']}/{name}"] = f"{plural}.{group}/{name}" if group else f"{plural}/{name}"
    answer = ask(kubectl, "get", *wanted.values(), inside, "--ignore-not-found", f"--output=go-template={_OWNERS}")
    owners = {
        f"{words[0]}/{words[1]}": words[2:] for line in answer.text.splitlines() if len(words := line.split()) > 1
    }
    return tuple(sorted(name for name in owners.keys() & wanted.keys() if owners[name] != [f"portal/{needs.stack}"]))


def _secrets(kubectl: Kubectl, needs: GraphRequirements, inside: str) -> tuple[dict[str, frozenset[str]], set[str]]:
    names = sorted({use.name for use in needs.secrets})
    if not names:
        return {}, set()
    answer = ask(kubectl, "get", "secrets", *names, inside, "--ignore-not-found", f"--output=go-template={_SECRETS}")
    lines = [line.split() for line in answer.text.splitlines() if line.strip() and line.split()[0] in names]
    return {words[0]: frozenset(words[1:]) for words in lines}, set(answer.forbidden)
