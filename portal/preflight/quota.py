"""A namespace's quota against the sum of everything that the graph runs, during a rollout too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.base.errors import InputError
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
# Every pod of ours has these; a quota for others does not count it.
_OUR_SCOPES = {"NotTerminating", "NotBestEffort"}


def check_quota(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Quotas in which the portal does not fit beside what others use there already."""
    if "pods" in snapshot.unseen:
        return
    wanted = _pods((one.pod, one.replicas + one.surge) for one in requirements.workloads)
    _add_claims(wanted, requirements.of_kind("PersistentVolumeClaim"))
    running = _pods((pod["spec"], 1) for pod in _running(snapshot, "Pod", requirements.stack))
    _add_claims(running, _running(snapshot, "PersistentVolumeClaim", requirements.stack))
    for item in snapshot.of_kind("ResourceQuota"):
        scopes = {*item["spec"].get("scopes", [])}
        if "scopeSelector" in item["spec"] or not scopes <= _OUR_SCOPES:
            continue
        short = list(_short(item, wanted, running))
        if short:
            yield InputError(
                where=where(("resources",)),
                key="portal:resources",
                got=f"more than the quota {item['metadata']['name']} of namespace {requirements.namespace} has left"
                f" ({'; '.join(short)})",
                allowed="a portal that fits into it, with one pod more during a rollout",
                fix="have the quota raised, or lower replicas and resources",
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
            yield f"{name}: needs {shown(wanted[amount])}, left {shown(max(left, Decimal(0)))} of {hard}"


def _pods(pods: Iterable[tuple[Object, int]]) -> defaultdict[str, Decimal]:
    """What pods count for: containers side by side, or the greatest of those that run before them."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for spec, count in pods:
        total["pods"] += count
        together, before = _containers(spec["containers"], sum), _containers(spec.get("initContainers", []), max)
        for name in {*together, *before}:
            total[name] += count * max(together.get(name, Decimal(0)), before.get(name, Decimal(0)))
    return total


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
    """The stack's own objects of a kind, which a rollout replaces: without pods that ended, which no quota counts."""
    ended = {"Succeeded", "Failed"}
    own = (item for item in snapshot.of_kind(kind) if is_ours(item, stack))
    return [item for item in own if item.get("status", {}).get("phase") not in ended]
