"""Compare a namespace's quotas with everything that the graph runs, also during a rollout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.base.errors import InputError, SituationError
from portal.base.quantity import quantity, shown
from portal.base.yaml_document import KeyPath
from portal.kubernetes.ownership import is_ours
from portal.preflight.requirements import GraphRequirements, Object

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterSnapshot

Amounts = dict[str, Decimal]

# Short names of a quota (https://kubernetes.io/docs/concepts/policy/resource-quotas).
_SAME = {
    "cpu": "requests.cpu",
    "memory": "requests.memory",
    "ephemeral-storage": "requests.ephemeral-storage",
    "count/pods": "pods",
    "count/persistentvolumeclaims": "persistentvolumeclaims",
}
# What runs pods that end.
_END = ("Job", "CronJob")
# Scopes of all our pods. A quota with another scope does not count them.
_OUR_SCOPES = {"NotTerminating", "NotBestEffort"}


def check_quota(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find quotas that are too small for the portal, given what others already use."""
    if "pods" in snapshot.unseen:
        return
    stay = [one for one in requirements.workloads if one.kind not in _END]
    jobs = [one for one in requirements.workloads if one.kind in _END]
    wanted = _pods((one.pod, one.replicas) for one in stay)
    _add(wanted, _most([*(_pods([(one.pod, one.surge)]) for one in stay), *(_pods([(one.pod, 1)]) for one in jobs)]))
    _add_claims(wanted, requirements.of_kind("PersistentVolumeClaim"))
    running = _pods((pod["spec"], 1) for pod in _running(snapshot, "Pod", requirements.stack))
    _add_claims(running, _running(snapshot, "PersistentVolumeClaim", requirements.stack))
    for item in snapshot.of_kind("ResourceQuota"):
        scopes = {*item["spec"].get("scopes", [])}
        if "scopeSelector" in item["spec"] or not scopes <= _OUR_SCOPES:
            continue
        short = list(_short(item, wanted, running))
        if short:
            yield SituationError(
                f"portal:resources asks for more than the quota {item['metadata']['name']} of namespace"
                f" {requirements.namespace} has left, counting the extra pod of a rollout ({'; '.join(short)})",
                "have the quota raised, or lower replicas and resources",
                where=where(("resources",)),
            )


def _short(quota: Object, wanted: Amounts, running: Amounts) -> Iterator[str]:
    used: Mapping[str, Any] = quota.get("status", {}).get("used", {})
    for name, hard in sorted(quota["spec"].get("hard", {}).items()):
        amount = _SAME.get(name, name)
        if amount not in wanted:
            continue
        others = max(quantity(used.get(name, 0)) - running.get(amount, Decimal(0)), Decimal(0))
        left = quantity(hard) - others
        if wanted[amount] > left:
            yield f"{name}: {shown(wanted[amount])} needed, {shown(max(left, Decimal(0)))} of {hard} left"


def _pods(pods: Iterable[tuple[Object, int]]) -> defaultdict[str, Decimal]:
    """What pods count for: the sum of the containers, or the largest init container if that is more."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for spec, count in pods:
        total["pods"] += count
        together, before = _containers(spec["containers"], sum), _containers(spec.get("initContainers", []), max)
        for name in {*together, *before}:
            total[name] += count * max(together.get(name, Decimal(0)), before.get(name, Decimal(0)))
    return total


def _most(alternatives: Iterable[Amounts]) -> Amounts:
    """The largest amount of each resource: no two of them run at the same time."""
    most: Amounts = {}
    for amounts in alternatives:
        for name, amount in amounts.items():
            most[name] = max(amount, most.get(name, Decimal(0)))
    return most


def _add(amounts: defaultdict[str, Decimal], more: Amounts) -> None:
    for name, amount in more.items():
        amounts[name] += amount


def _add_claims(amounts: defaultdict[str, Decimal], claims: Iterable[Object]) -> None:
    for claim in claims:
        amounts["persistentvolumeclaims"] += 1
        amounts["requests.storage"] += quantity(claim["spec"]["resources"]["requests"]["storage"])


def _containers(containers: Iterable[Object], combine: Callable[[list[Decimal]], Any]) -> Amounts:
    amounts: defaultdict[str, list[Decimal]] = defaultdict(list)
    for container in containers:
        for side in ("requests", "limits"):
            for name, value in container.get("resources", {}).get(side, {}).items():
                amounts[f"{side}.{name}"].append(quantity(value))
    return {name: Decimal(combine(values)) for name, values in amounts.items()}


def _running(snapshot: ClusterSnapshot, kind: str, stack: str) -> list[Object]:
    """The stack's own objects of a kind, which a rollout replaces. Without ended pods, which no quota counts."""
    ended = {"Succeeded", "Failed"}
    own = (item for item in snapshot.of_kind(kind) if is_ours(item, stack))
    return [item for item in own if item.get("status", {}).get("phase") not in ended]
