"""How entities are called, and how they name each other: ``component:default/payments``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portal.base.errors import InputError, one_of, quoted
from portal.base.json_types import is_mapping
from portal.base.yaml_document import Document

NAMESPACE = "default"
NAME_LENGTH = 63

# catalog-model 1.10.1, validation/KubernetesValidatorFunctions (isValidObjectName) and CommonValidatorFunctions
# (isValidDnsLabel), which the namespace has to be.
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]")
_NAMESPACE = re.compile(r"(?=.{1,63}$)[a-z0-9]+(-+[a-z0-9]+)*")


def is_name(text: str) -> bool:
    """Whether a text can be the name of an entity."""
    return _NAME.fullmatch(text) is not None


def is_namespace(text: str) -> bool:
    """Whether a text can be the namespace of an entity."""
    return _NAMESPACE.fullmatch(text) is not None


def entity_name(entity: Document) -> str | None:
    """The whole name of an entity. None if its kind or name is missing."""
    kind, metadata = entity.data.get("kind"), entity.data.get("metadata")
    name = metadata.get("name") if is_mapping(metadata) else None
    if not isinstance(kind, str) or not isinstance(name, str):
        return None
    return f"{kind.lower()}:{namespace_of(entity)}/{name}"


def namespace_of(entity: Document) -> str:
    """An entity's namespace. References in it are relative to that one."""
    metadata = entity.data.get("metadata")
    namespace = metadata.get("namespace") if is_mapping(metadata) else None
    return namespace if isinstance(namespace, str) and namespace else NAMESPACE


def parse_reference(text: str, kind: str | None, namespace: str) -> str | None:
    """The whole name that a reference stands for. None if it is none, or if neither it nor ``kind`` says the kind.

    Source: catalog-model 1.10.1, entity/ref (parseRefString).
    """
    slash, colon = text.find("/"), text.find(":")
    if slash != -1 and slash < colon:
        colon = -1
    own_kind = text[:colon] if colon != -1 else kind
    own_namespace = text[colon + 1 : slash] if slash != -1 else namespace
    name = text[max(colon, slash) + 1 :]
    if not own_kind or not own_namespace or not name:
        return None
    return f"{own_kind.lower()}:{own_namespace}/{name}"


def require_reference(text: str, kinds: Sequence[str], where: str) -> str:
    """The whole name of an entity that the option ``where`` names. Without a kind, it is the first of ``kinds``.

    InputError for anything else. Whether the catalog has the entity is not known here.
    """
    found = parse_reference(text, kinds[0], NAMESPACE) or ""
    kind, _, rest = found.partition(":")
    namespace, _, name = rest.partition("/")
    if kind in kinds and is_namespace(namespace) and is_name(name):
        return found
    raise InputError(
        where=where,
        key="",
        got=quoted(text),
        allowed=f"a reference to an entity of the kind {one_of(kinds)}",
        fix=f"write its name, or all of it ({kinds[0]}:default/platform)",
    )
