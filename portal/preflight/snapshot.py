"""Read from a cluster everything that the checks compare a graph with, in many small requests at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import ClusterError, ForbiddenError, NotFoundError, StatusError
from portal.kubernetes.api_paths import collection_path, named, object_path
from portal.kubernetes.ownership import is_ours, own_selector
from portal.kubernetes.refusal import cluster_refusal
from portal.preflight.admission import Refusal, tried_objects, try_object
from portal.preflight.requirements import GraphRequirements, Object
from portal.preflight.rights import Right, missing_rights

# Questions at the same time. More make a small cluster slower, not us faster.
WORKERS = 8

_CLASSES = (
    ("storage.k8s.io/v1", "storageclasses"),
    ("networking.k8s.io/v1", "ingressclasses"),
    ("scheduling.k8s.io/v1", "priorityclasses"),
)
_INSIDE = (("v1", "resourcequotas"), ("v1", "pods"), ("v1", "persistentvolumeclaims"), ("apps/v1", "deployments"))


@dataclass(frozen=True)
class ClusterIdentity:
    """Which cluster it is, and the namespace in it. Even an ``up`` without changes asks for this.

    ``uid`` is the UID of the namespace kube-system, which is different in every cluster. None if it may not be read.
    """

    uid: str | None
    namespace: Object | None
    namespace_seen: bool = True

    def exists(self, requirements: GraphRequirements) -> bool:
        """Whether the namespace exists: it was read, or it may not be read and the stack says that it exists."""
        return self.namespace is not None or not (self.namespace_seen or requirements.makes_namespace)


@dataclass(frozen=True)
class ClusterSnapshot:
    """What the cluster answered. What this account may not read is in ``unseen``, and is not judged.

    ``secrets`` are names with keys, never a value. ``strangers`` are objects that have a name of the graph's and are
    not the stack's (``Service/backstage``). ``homes`` are namespaces that the stack made, or where it has a claim.
    """

    identity: ClusterIdentity
    items: tuple[Object, ...] = ()
    unseen: frozenset[str] = frozenset()
    served: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    homes: frozenset[str] = frozenset()
    strangers: tuple[str, ...] = ()
    missing: tuple[Right, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind that could be read."""
        return [item for item in self.items if item["kind"] == kind]


def read_identity(api: ClusterApi, namespace: str) -> ClusterIdentity:
    """Which cluster answers, and who owns the namespace. InputError if none answers."""
    namespaces = collection_path("v1", "namespaces")
    try:
        system = _object(api, named(namespaces, "kube-system"))
        own = _object(api, named(namespaces, namespace))
    except ClusterError as error:
        raise cluster_refusal(error) or error from error
    uid = str(system.items[0]["metadata"]["uid"]) if system.items else None
    return ClusterIdentity(uid, next(iter(own.items), None), namespace_seen=not own.forbidden)


def take_snapshot(api: ClusterApi, requirements: GraphRequirements, identity: ClusterIdentity) -> ClusterSnapshot:
    """Read everything that the checks need."""
    exists = identity.exists(requirements)
    served = _served(api, requirements)
    pool = ThreadPoolExecutor(max_workers=WORKERS)
    try:
        # What is asked first is also waited for first, so that a cluster that is gone by now is noticed at once.
        missing = missing_rights(api, requirements, pool, namespace_exists=exists)
        collections = [collection_path(version, plural) for version, plural in _CLASSES]
        if requirements.node_ports:
            # A node port is the whole cluster's.
            collections.append(collection_path("v1", "services"))
        if exists:
            collections += [collection_path(version, plural, requirements.namespace) for version, plural in _INSIDE]
        listed = pool.map(partial(_list, api), collections)
        homes = pool.submit(_homes, api, requirements)
        gateways = pool.map(partial(_object, api), sorted(_gateways(requirements, served)))
        secrets = pool.map(partial(_secret, api), _secrets(requirements))
        inside = [item for item in requirements.known_to(served) if exists and _may_be_a_strangers(item)]
        strangers = pool.map(partial(_stranger, api, requirements.stack), inside)
        tried = tried_objects(requirements, served, namespace_exists=exists)
        refusals = pool.map(partial(try_object, api), tried)
        seen, keys = [*listed, *gateways], list(secrets)
        return ClusterSnapshot(
            identity=identity,
            items=tuple(item for one in seen for item in one.items),
            unseen=frozenset(one.plural for one in (*seen, *keys) if one.forbidden),
            served=served,
            secrets={one.name: one.keys for one in keys if one.keys is not None},
            homes=homes.result(),
            strangers=tuple(sorted(name for name in strangers if name is not None)),
            missing=missing,
            refusals=tuple(dict.fromkeys(one for one in refusals if one is not None)),
        )
    finally:
        # Where one question is not answered, the others are not waited for: each would take as long.
        pool.shutdown(wait=False, cancel_futures=True)


def _may_be_a_strangers(item: Object) -> bool:
    """Whether somebody else may have made a namespaced object. The account ``default`` comes with every namespace."""
    metadata = item["metadata"]
    return "namespace" in metadata and (item["kind"], metadata["name"]) != ("ServiceAccount", "default")


def parents(requirements: GraphRequirements) -> set[tuple[str, str, str]]:
    """Version, namespace and name of the Gateways that the graph's routes attach to."""
    return {
        (str(route["apiVersion"]), str(parent.get("namespace", requirements.namespace)), str(parent["name"]))
        for route in requirements.of_kind("HTTPRoute")
        for parent in route["spec"].get("parentRefs", [])
        if parent.get("kind", "Gateway") == "Gateway"
    }


@dataclass(frozen=True)
class _Seen:
    """The objects of a kind, or that they may not be read."""

    plural: str
    items: tuple[Object, ...] = ()
    forbidden: bool = False


@dataclass(frozen=True)
class _SecretKeys:
    """The keys of a Secret. None if it does not exist."""

    name: str
    keys: frozenset[str] | None = None
    forbidden: bool = False
    plural: str = "secrets"


def _list(api: ClusterApi, collection: str) -> _Seen:
    plural = collection.rpartition("/")[2]
    try:
        return _Seen(plural, tuple(api.list(collection)))
    except NotFoundError:
        return _Seen(plural)
    except ForbiddenError:
        return _Seen(plural, forbidden=True)


def _homes(api: ClusterApi, requirements: GraphRequirements) -> frozenset[str]:
    """The namespaces that have to do with the stack's data; none where all of the cluster may not be read."""
    homes: set[str] = set()
    for plural, key in (("namespaces", "name"), ("persistentvolumeclaims", "namespace")):
        try:
            found = api.list(collection_path("v1", plural), labels=own_selector(requirements.stack), metadata_only=True)
        except StatusError:
            continue
        homes |= {str(item["metadata"][key]) for item in found}
    return frozenset(homes)


def _object(api: ClusterApi, path: str) -> _Seen:
    plural = path.split("/")[-2]
    try:
        found = api.find(path)
    except ForbiddenError:
        return _Seen(plural, forbidden=True)
    return _Seen(plural, (found,) if found is not None else ())


def _served(api: ClusterApi, requirements: GraphRequirements) -> dict[str, frozenset[str]]:
    """The kinds of each optional group. Groups that may not be read are left out."""
    served: dict[str, frozenset[str]] = {}
    for version in sorted(requirements.foreign_groups):
        try:
            found = api.find(f"/apis/{version}")
        except ForbiddenError:
            continue
        entries: list[Object] = found["resources"] if found is not None else []
        served[version] = frozenset(str(entry["kind"]) for entry in entries)
    return served


def _gateways(requirements: GraphRequirements, served: Mapping[str, frozenset[str]]) -> set[str]:
    return {
        named(collection_path(version, "gateways", namespace), name)
        for version, namespace, name in parents(requirements)
        if "Gateway" in served.get(version, ())
    }


def _stranger(api: ClusterApi, stack: str, item: Object) -> str | None:
    """The name of an object that exists and is not the stack's. Reads its labels only."""
    try:
        found = api.find(object_path(item), metadata_only=True)
    except ForbiddenError:
        return None
    return None if found is None or is_ours(found, stack) else f"{item['kind']}/{item['metadata']['name']}"


def _secrets(requirements: GraphRequirements) -> list[str]:
    """The paths of the Secrets that others fill."""
    collection = collection_path("v1", "secrets", requirements.namespace)
    return [named(collection, name) for name in sorted({use.name for use in requirements.secrets})]


def _secret(api: ClusterApi, path: str) -> _SecretKeys:
    """The keys of a Secret. The API returns them with the values only, which are dropped here."""
    name = path.rpartition("/")[2]
    try:
        found = api.find(path)
    except ForbiddenError:
        return _SecretKeys(name, forbidden=True)
    return _SecretKeys(name, None if found is None else frozenset(found.get("data") or ()))
