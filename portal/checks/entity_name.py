"""How entities are called, and how they name each other: ``component:default/payments``."""

from __future__ import annotations

from portal.base.json_types import is_mapping
from portal.base.yaml_document import Document

NAMESPACE = "default"


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
