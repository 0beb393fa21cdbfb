"""The files of ``content/`` that the catalog will read hold what it can take.

Backstage starts in any case. It logs a warning for each mistake, again every two minutes, and leaves the entity out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.base.errors import InputError, closest, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import Document, KeyPath, show_path
from portal.checks.catalog_config import CatalogLocation, allowed_kinds, catalog_locations
from portal.checks.catalog_kinds import KINDS
from portal.checks.catalog_rules import near_kind
from portal.checks.catalog_urls import address_problem
from portal.checks.content_entity import entity_findings
from portal.checks.content_references import reference_findings
from portal.checks.entity_name import entity_name
from portal.plan import Plan
from portal.release.content import Content, content_name


def check_content(plan: Plan) -> Iterator[InputError]:
    """Find mistakes in the entities of ``content/``, from the files that app-config names on.

    The content of a pinned release is in its image, and not known here. Files that nothing names are not read: they may
    be the skeletons of templates.
    """
    content = plan.loaded.content
    if content is None:
        return
    found = read_content(plan, content)
    yield from found.findings
    # What is missing may be in a file that could not be read.
    if not found.findings:
        yield from reference_findings(plan, found.entities, elsewhere=found.elsewhere)


def read_content(plan: Plan, content: Content) -> ContentReader:
    """The entities of ``content/`` that a stack's catalog will read, and what is wrong with them."""
    reader = ContentReader(plan, content)
    for location in catalog_locations(plan):
        if location.type == "file" and "${" not in location.target:
            for file in content.files(content_name(location.target)):
                reader.read(file, location)
    return reader


@dataclass
class ContentReader:
    """Reads files the way the catalog does: a Location entity names further ones. Each file is read once.

    ``elsewhere`` says whether a Location entity names an address: anything may be there.
    """

    plan: Plan
    content: Content
    entities: list[Document] = field(default_factory=list[Document])
    findings: list[InputError] = field(default_factory=list[InputError])
    elsewhere: bool = False
    _seen: set[str] = field(default_factory=set[str])
    _names: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, file: str, origin: CatalogLocation) -> None:
        """Read a file of a location, and the files that its Location entities name."""
        pending = [file]
        while pending:
            name = pending.pop(0)
            if name in self._seen:
                continue
            self._seen.add(name)
            try:
                entities = self.content.documents(name)
            except InputError as error:
                self.findings.append(error)
                continue
            for entity in entities:
                self.entities.append(entity)
                found = [*entity_findings(entity), *self._allowed(entity, origin), *self._twice(entity)]
                self.findings += found
                if entity.data.get("kind") == "Location":
                    pending += self._targets(entity)

    def _allowed(self, entity: Document, origin: CatalogLocation) -> Iterator[InputError]:
        kind, spec = entity.data.get("kind"), entity.data.get("spec")
        if not isinstance(kind, str):
            return
        allowed = allowed_kinds(self.plan, origin)
        of_type = spec.get("type") if is_mapping(spec) else None
        for name, wanted in allowed.items():
            if name.lower() == kind.lower() and (wanted is None or str(of_type).lower() == wanted.lower()):
                return
        meant = near_kind(kind) or next(iter(closest(kind, allowed)), None)
        known = any(one.lower() == kind.lower() for one in KINDS)
        yield InputError(
            where=entity.where(("kind",)),
            key="kind",
            got=quoted(kind),
            allowed=f"a kind that the rules of its location allow ({', '.join(allowed)})",
            fix=f"did you mean {meant}?" if meant and not known else "add it to catalog.rules under appConfig",
        )

    def _twice(self, entity: Document) -> Iterator[InputError]:
        name = entity_name(entity)
        if name is None:
            return
        here, first = entity.where(("metadata", "name")), self._names.get(name.lower())
        self._names.setdefault(name.lower(), here)
        if first is not None:
            yield InputError(
                where=here,
                key="metadata.name",
                got=f"{name} a second time",
                allowed=f"each entity once (the first is in {first})",
                fix="rename or remove one of the two",
            )

    def _targets(self, entity: Document) -> list[str]:
        """The files that a Location entity names. They are read by the rules of the location that it came from."""
        spec = entity.data.get("spec")
        if not is_mapping(spec):
            return []
        files: list[str] = []
        targets = spec.get("targets")
        named: list[tuple[KeyPath, object]] = [(("spec", "target"), spec["target"])] if "target" in spec else []
        listed = enumerate(targets if is_list(targets) else ())
        named += [(("spec", "targets", index), target) for index, target in listed]
        of_type = spec.get("type", "file")
        if of_type not in ("file", "url"):
            self._report(entity, ("spec", "type"), quoted(of_type), "file or url", "correct the type")
            return []
        for path, target in named:
            if not isinstance(target, str):
                self._report(entity, path, quoted(target), "the name of a file", "put it in quotes")
            elif of_type == "url":
                self._address(entity, path, target)
            else:
                files += self._file(entity, path, target, optional=spec.get("presence") == "optional")
        return files

    def _address(self, entity: Document, path: KeyPath, target: str) -> None:
        self.elsewhere = True
        problem = address_problem(self.plan, target)
        if problem is not None:
            self._report(entity, path, quoted(target), *problem)

    def _file(self, entity: Document, path: KeyPath, target: str, *, optional: bool) -> list[str]:
        folder = posixpath.dirname(entity.name)
        name = content_name(target, folder)
        files = self.content.files(name)
        if not files and not optional:
            self._report(
                entity,
                path,
                quoted(target),
                "the file's path relative to this one, below content/",
                self._meant(folder, target),
            )
        return files

    def _meant(self, folder: str, target: str) -> str:
        """A file that exists and was probably meant: without the dot, or misspelled."""
        if not target.startswith(".") and self.content.files(posixpath.join(folder, target)):
            return f"write ./{target}"
        near = posixpath.normpath(posixpath.join(folder, posixpath.dirname(target)))
        there = {posixpath.basename(name): name for name in self.content.files(f"{near}/*")}
        close = closest(posixpath.basename(target), there)
        if not close:
            return "create it, or correct the path"
        relative = posixpath.relpath(there[close[0]], folder)
        return f"did you mean {relative if relative.startswith('.') else f'./{relative}'}?"

    def _report(self, entity: Document, path: KeyPath, got: str, allowed: str, fix: str) -> None:
        self.findings.append(
            InputError(where=entity.where(path), key=show_path(path), got=got, allowed=allowed, fix=fix)
        )
