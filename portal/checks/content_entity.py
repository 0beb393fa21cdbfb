"""One entity, by the rules that the catalog has for every entity, and for those of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import InputError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import Document, KeyPath, show_path
from portal.checks.catalog_kinds import KINDS
from portal.checks.entity_name import is_name, is_namespace

# catalog-model 1.10.1, validation/KubernetesValidatorFunctions, CommonValidatorFunctions and makeValidator. A key
# and the value of a label have the rule of a name, and each part of a key's domain has that of a namespace.
_TAG = re.compile(r"(?=.{1,63}$)[a-z0-9:+#]+(-[a-z0-9:+#]+)*")
_API_VERSION = re.compile(r"[a-z0-9A-Z]{1,63}")

# catalog-model 1.10.1, entity/policies/NoForeignRootFieldsEntityPolicy.
_KEYS = ("apiVersion", "kind", "metadata", "spec")


def entity_findings(entity: Document) -> Iterator[InputError]:
    """What the catalog would refuse in an entity. It logs a warning then, and leaves the entity out."""
    for key in entity.data:
        if key not in _KEYS:
            yield _wrong(entity, (key,), "a key that entities do not have", one_of(_KEYS), did_you_mean(key, _KEYS))
    yield from _kind(entity)
    metadata = entity.data.get("metadata")
    if is_mapping(metadata):
        yield from _metadata(entity, metadata)
    else:
        yield _missing(entity, ("metadata",), "a mapping with a name", "write `metadata: {name: my-entity}`")
    yield from _spec(entity)


def _kind(entity: Document) -> Iterator[InputError]:
    kind, version = entity.data.get("kind"), entity.data.get("apiVersion")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if not isinstance(kind, str) or not kind:
        yield _missing(entity, ("kind",), f"one of {', '.join(KINDS)}", "write which kind of entity it is")
    elif known is None and (meant := _in_another_case(kind)) is not None:
        yield _wrong(entity, ("kind",), quoted(kind), "the kind with its capitals", f"write `kind: {meant}`")
    if known is not None and version not in known.versions:
        yield _wrong(
            entity, ("apiVersion",), _shown(version), one_of(known.versions), f"write `apiVersion: {known.versions[0]}`"
        )
    elif known is None and not _is_version(version):
        yield _wrong(
            entity, ("apiVersion",), _shown(version), "a version like backstage.io/v1alpha1", "correct the version"
        )


def _in_another_case(kind: str) -> str | None:
    return next((known for known in KINDS if known.lower() == kind.lower()), None)


def _is_version(version: object) -> bool:
    if not isinstance(version, str):
        return False
    prefix, slash, name = version.rpartition("/")
    return _API_VERSION.fullmatch(name) is not None and (not slash or _is_domain(prefix))


def _metadata(entity: Document, metadata: Mapping[str, Any]) -> Iterator[InputError]:
    at = "metadata"
    name = metadata.get("name")
    if not (isinstance(name, str) and is_name(name)):
        allowed = "at most 63 letters and digits, with dashes, underscores and dots between them"
        yield _wrong(entity, (at, "name"), _shown(name), allowed, _name_fix(name))
    namespace = metadata.get("namespace")
    if namespace is not None and not (isinstance(namespace, str) and is_namespace(namespace)):
        allowed = "at most 63 lower case letters and digits, with dashes between them"
        yield _wrong(entity, (at, "namespace"), _shown(namespace), allowed, "correct the namespace")
    for key in ("title", "description"):
        if metadata.get(key) is not None and not isinstance(metadata[key], str):
            yield _wrong(entity, (at, key), _shown(metadata[key]), "text", "put it in quotes")
    for key in ("labels", "annotations"):
        yield from _pairs(entity, key, metadata.get(key))
    yield from _tags(entity, metadata.get("tags"))
    yield from _links(entity, metadata.get("links"))


def _name_fix(name: object) -> str:
    if name is None:
        return "write `name: my-entity`"
    if not isinstance(name, str):
        return "put it in quotes" if not is_mapping(name) and not is_list(name) else "write a name"
    return "choose a name like my-entity; a title may have any text"


def _pairs(entity: Document, key: str, pairs: object) -> Iterator[InputError]:
    if pairs is None:
        return
    if not is_mapping(pairs):
        yield _wrong(entity, ("metadata", key), _shown(pairs), "keys with values", f"write `{key}: {{key: value}}`")
        return
    for name, value in pairs.items():
        path = ("metadata", key, name)
        prefix, slash, last = name.rpartition("/")
        if not is_name(last) or (slash and not _is_domain(prefix)):
            yield _wrong(entity, path, "this key", "a key like owner or acme.example/owner", "correct the key")
        elif not isinstance(value, str):
            yield _wrong(entity, path, _shown(value), "text", "put it in quotes")
        elif key == "labels" and value and not is_name(value):
            allowed = "at most 63 letters and digits, with dashes, underscores and dots between them"
            yield _wrong(entity, path, quoted(value), allowed, "use an annotation for any other text")


def _tags(entity: Document, tags: object) -> Iterator[InputError]:
    if tags is None:
        return
    if not is_list(tags):
        yield _wrong(entity, ("metadata", "tags"), _shown(tags), "a list", "write `tags: [java]`")
        return
    for index, tag in enumerate(tags):
        if not (isinstance(tag, str) and _TAG.fullmatch(tag)):
            allowed = "at most 63 lower case letters, digits and +, # or :, with single dashes between them"
            yield _wrong(entity, ("metadata", "tags", index), _shown(tag), allowed, "correct the tag")


def _links(entity: Document, links: object) -> Iterator[InputError]:
    for index, link in enumerate(links if is_list(links) else ()):
        url = link.get("url") if is_mapping(link) else None
        if not (isinstance(url, str) and _has_scheme(url)):
            path = ("metadata", "links", index, "url")
            yield _wrong(entity, path, _shown(url), "an address with its scheme", "write it like https://acme.example")


def _has_scheme(url: str) -> bool:
    try:
        return bool(urlsplit(url).scheme)
    except ValueError:
        return False


def _spec(entity: Document) -> Iterator[InputError]:
    kind = entity.data.get("kind")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    spec = entity.data.get("spec")
    if spec is not None and not is_mapping(spec):
        yield _wrong(entity, ("spec",), _shown(spec), "a mapping", "write `spec: {key: value}`")
        return
    given = spec or {}
    if known is None:
        return
    if spec is None:
        needed = ", ".join((*known.texts, *known.lists)) or "its target"
        yield _missing(entity, ("spec",), f"a mapping with {needed}", "write it")
        return
    for key in known.texts:
        yield from _text(entity, key, given.get(key))
    for key in known.lists:
        if not is_list(given.get(key)):
            yield _wrong(
                entity, ("spec", key), _shown(given.get(key)), "a list", f"write `{key}: []` if there are none"
            )
    for key in known.references:
        yield from _reference_type(entity, key, given.get(key))


def _text(entity: Document, key: str, value: object) -> Iterator[InputError]:
    path = ("spec", key)
    if is_mapping(value) and len(value) == 1 and (word := next(iter(value))).startswith("$"):
        yield from _placeholder(entity, (*path, word), value[word])
    elif not (isinstance(value, str) and value):
        fix = f"write `{key}: ...`" if value is None else "put it in quotes"
        yield _wrong(entity, path, _shown(value), "text", fix)


def _placeholder(entity: Document, path: KeyPath, target: object) -> Iterator[InputError]:
    """A placeholder's address is relative to the entity's, and a file of the image has no address.

    Source: plugin-catalog-backend 4.0.0, processors/PlaceholderProcessor (relativeUrl).
    """
    if not (isinstance(target, str) and _has_scheme(target)):
        allowed = "an address with its scheme, as the entity itself has none"
        yield _wrong(entity, path, _shown(target), allowed, "write the text itself, or an address in a repository")


def _reference_type(entity: Document, key: str, value: object) -> Iterator[InputError]:
    for index, item in enumerate(value if is_list(value) else ()):
        if not (isinstance(item, str) and item):
            yield _wrong(entity, ("spec", key, index), _shown(item), "the name of an entity", "put it in quotes")


def _is_domain(text: str) -> bool:
    return len(text) <= 253 and all(is_namespace(part) for part in text.split("."))


def _missing(entity: Document, path: KeyPath, allowed: str, fix: str) -> InputError:
    return _wrong(entity, path, "nothing", allowed, fix)


def _wrong(entity: Document, path: KeyPath, got: str, allowed: str, fix: str) -> InputError:
    line = entity.where(path)
    return InputError(
        # A key that is missing at the top has no line: that of the first key is its entity's.
        where=line if line != entity.name else entity.where((next(iter(entity.data), ""),)),
        key=show_path(path),
        got=got,
        allowed=allowed,
        fix=fix,
    )


def _shown(value: object) -> str:
    """A value on one line, as an error shows it."""
    if value is None:
        return "nothing"
    return quoted(" ".join(value.split()) if isinstance(value, str) else value)
