"""Build API paths from group, version, resource name, namespace, and name. Sends no request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote


def collection_path(api_version: str, plural: str, namespace: str | None = None) -> str:
    """The path of all objects of a kind, limited to a namespace if one is given."""
    base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    place = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{base}{place}/{plural}"


def object_path(item: Mapping[str, Any]) -> str:
    """The path of one object, derived from its manifest."""
    _, plural = resource_type(item)
    metadata = item["metadata"]
    where = collection_path(str(item["apiVersion"]), plural, metadata.get("namespace"))
    return named(where, str(metadata["name"]))


def named(collection: str, name: str) -> str:
    """The path of one object in a collection. The name is escaped, because role names may contain colons."""
    return f"{collection}/{quote(name, safe=':')}"


def resource_type(item: Mapping[str, Any]) -> tuple[str, str]:
    """The API group and the resource name (plural) of an object's kind."""
    kind = str(item["kind"]).lower()
    if kind.endswith("y") and kind[-2] not in "aeiou":
        plural = f"{kind[:-1]}ies"
    else:
        plural = f"{kind}es" if kind.endswith("s") else f"{kind}s"
    return str(item["apiVersion"]).rpartition("/")[0], plural
