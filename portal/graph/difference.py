"""What differs between two graphs of a stack."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.content_name import is_content_name, without_hash
from portal.base.difference import Difference, differences
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath
from portal.graph.model import Graph, Resource
from portal.graph.replacement import AWS, RESTARTING, STATEFUL, Effect, effect

_Key = tuple[str, str, bool]

# A Job is named by what it runs.
_NAMED_BY_CONTENT = ("ConfigMap", "Job", "Secret")

CREATED, DELETED = "created", "deleted"
# What a reviewer has to see first.
_ORDER = (Effect.REFUSED, DELETED, Effect.REPLACED, CREATED, Effect.CHANGED)


@dataclass(frozen=True)
class ResourceChange:
    """One resource that only one of two graphs has, or that differs.

    ``kind`` is the last part of its type. One of AWS has its service in front (``iam.Role``): others have such kinds
    too. ``name`` is its name without a hash. ``word`` is ``created``, ``deleted``, ``changed``, ``replaced`` or ``will
    be refused``. A ConfigMap or a Secret whose name is made from its content is ``changed``: the pods that mount it get
    the new one. So is a Job that runs again. ``stateful`` resources hold data, or stop the database for a moment.
    ``unprotected``: Pulumi would delete it from now on, and refused to before.
    ``may_restart``: it changes, and the database may stop for it.
    """

    kind: str
    name: str
    word: str
    stateful: bool
    fields: tuple[Difference, ...] = ()
    unprotected: bool = False
    may_restart: bool = False

    @property
    def loses_data(self) -> bool:
        """Whether data may be gone afterwards."""
        return self.stateful and self.word in {DELETED, Effect.REPLACED}


@dataclass(frozen=True)
class _Side:
    """A resource on one side. A protected one is never deleted or replaced: Pulumi refuses to."""

    name: str
    inputs: Mapping[str, Any]
    protected: bool


def graph_difference(before: Graph, after: Graph) -> tuple[ResourceChange, ...]:
    """All changes from one graph to another. First what is refused, then what holds data, then the rest by kind.

    Hashes at the end of names are ignored, also where other objects refer to the names. The contents are compared.
    """
    return tuple(sorted(_changes(_by_key(before), _by_key(after)), key=_rank))


def _rank(one: ResourceChange) -> tuple[bool, bool, int, str, str]:
    return (one.word != Effect.REFUSED, not one.stateful, _ORDER.index(one.word), one.kind, one.name)


def _changes(old: Mapping[_Key, _Side], new: Mapping[_Key, _Side]) -> Iterator[ResourceChange]:
    for key in sorted({*old, *new}):
        kind, name = _kind(key[0]), key[1]
        before, after = old.get(key), new.get(key)
        subject = _subject(key[0])
        stateful = subject in STATEFUL
        if before is None:
            yield ResourceChange(kind, name, CREATED, stateful)
        elif after is None:
            yield ResourceChange(kind, name, Effect.REFUSED if before.protected else DELETED, stateful)
        else:
            found = tuple(differences(before.inputs, after.inputs))
            unprotected = before.protected and not after.protected
            runs_again = kind == "Job" and before.name != after.name
            if found or unprotected or runs_again:
                word = _word(subject, key, found)
                refused = word == Effect.REPLACED and before.protected
                yield ResourceChange(
                    *(kind, name, Effect.REFUSED if refused else word, stateful, found),
                    unprotected=unprotected,
                    may_restart=subject in RESTARTING and word == Effect.CHANGED,
                )


def _subject(resource_type: str) -> str:
    """What :func:`portal.graph.replacement.effect` knows a resource by."""
    return resource_type if resource_type.startswith(AWS) else resource_type.rpartition(":")[2]


def _kind(resource_type: str) -> str:
    """What people know a resource by."""
    last = resource_type.rpartition(":")[2]
    service = resource_type.removeprefix(AWS).partition("/")[0]
    return f"{service}.{last}" if resource_type.startswith(AWS) else last


def _word(subject: str, key: _Key, found: tuple[Difference, ...]) -> str:
    if key[2]:
        return Effect.CHANGED
    values: dict[KeyPath, list[Any]] = {}
    for one in found:
        values.setdefault(one.path, [None, None])[one.added] = one.value
    effects = {effect(subject, path, *pair) for path, pair in values.items()}
    return next((each for each in (Effect.REFUSED, Effect.REPLACED) if each in effects), Effect.CHANGED)


def _by_key(graph: Graph) -> dict[_Key, _Side]:
    """The resources by type, name without a hash, and whether it has one."""
    hashed = [one for kind in _NAMED_BY_CONTENT for one in graph.of_kind(kind) if is_content_name(_name(one))]
    names, urns = {_name(one) for one in hashed}, {one.urn for one in hashed}
    return {
        (one.type, without_hash(one.name) if one.urn in urns else one.name, one.urn in urns): _Side(
            _name(one), _without_hashes(one.inputs, names), one.protect
        )
        for one in graph
        if one.custom
    }


def _name(resource: Resource) -> str:
    metadata = resource.inputs.get("metadata")
    return str(metadata.get("name", "")) if is_mapping(metadata) else ""


def _without_hashes(value: Any, names: Collection[str]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if isinstance(value, str):
        return without_hash(value) if value in names else value
    if is_mapping(value):
        return {key: _without_hashes(item, names) for key, item in value.items()}
    return [_without_hashes(item, names) for item in value] if is_list(value) else value
