"""The entities that an entity of ``content/`` names exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from portal.base.errors import InputError, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import Document, KeyPath, show_path
from portal.checks.catalog_config import allowed_kinds, catalog_locations, entity_providers
from portal.checks.catalog_kinds import KINDS
from portal.checks.entity_name import entity_name, namespace_of, parse_reference
from portal.plan import Plan


def reference_findings(plan: Plan, entities: Iterable[Document], *, elsewhere: bool) -> Iterator[InputError]:
    """Find references that lead nowhere. The entity's page would warn about them for good.

    What else the catalog will hold is known only of kinds that nothing but ``content/`` can bring: people register
    components, and locations at addresses may hold anything that their rules allow. A name that nobody has is wrong
    there only if it is one letter or so from one that exists.
    """
    found = list(entities)
    # Names of entities count in any case: catalog-model 1.10.1, entity/ref (stringifyEntityRef).
    known = {name.lower(): name for entity in found if (name := entity_name(entity)) is not None}
    open_kinds = None if elsewhere else _open_kinds(plan)
    for entity in found:
        for path, text, kind in _references(entity):
            name = parse_reference(text, kind, namespace_of(entity))
            if name is None:
                yield _wrong(entity, path, text, "a reference with its kind (component:payments)", "put the kind first")
            elif name.lower() not in known:
                same_kind = [other for other in known if other.partition(":")[0] == name.partition(":")[0]]
                close = get_close_matches(name.lower(), same_kind, n=1, cutoff=0.6)
                closed = open_kinds is not None and name.partition(":")[0] not in open_kinds
                if closed or (close and _is_a_slip(name.lower(), close[0])):
                    fix = f"did you mean {known[close[0]]}?" if close else "add it to content/, or correct the name"
                    yield _wrong(entity, path, text, f"an entity of the catalog, and nothing brings {name}", fix)


def _open_kinds(plan: Plan) -> set[str] | None:
    """The kinds that may come from somewhere else than ``content/``. None if all may."""
    if entity_providers(plan.app_config.data):
        return None
    kinds = {kind.lower() for kind in allowed_kinds(plan, None)}
    for location in catalog_locations(plan):
        if location.type != "file":
            kinds |= {kind.lower() for kind in allowed_kinds(plan, location)}
    return kinds


def _is_a_slip(name: str, other: str) -> bool:
    """Whether two names differ by a slip of the hand: not by a word, and not by a number, which counts things."""
    one, two = (text.partition("/")[2] for text in (name, other))
    without_numbers = {re.sub(r"[-_.]?[0-9]+", "", text) for text in (one, two)}
    near = bool(get_close_matches(one, [two], cutoff=0.85)) and abs(len(one) - len(two)) <= 1
    return near and len(without_numbers) > 1


def _references(entity: Document) -> Iterator[tuple[KeyPath, str, str | None]]:
    kind, spec = entity.data.get("kind"), entity.data.get("spec")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None or not is_mapping(spec):
        return
    for key, default in known.references.items():
        value = spec.get(key)
        if isinstance(value, str):
            yield ("spec", key), value, default
        for index, item in enumerate(value if is_list(value) else ()):
            if isinstance(item, str):
                yield ("spec", key, index), item, default


def _wrong(entity: Document, path: KeyPath, text: str, allowed: str, fix: str) -> InputError:
    return InputError(where=entity.where(path), key=show_path(path), got=quoted(text), allowed=allowed, fix=fix)
