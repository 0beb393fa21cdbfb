"""The backups of a stack, or those in a folder: what each says about itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError

from portal.base.errors import InputError, PortalError, SituationError, did_you_mean
from portal.base.json_file import read_cache
from portal.base.json_types import is_mapping
from portal.contract import BACKUP_BEFORE_RELEASE, BACKUP_FORMAT, BACKUP_NAME
from portal.models.base import Model


class BackedUpTable(Model):
    """One table: how many rows a backup has of it, and a checksum that does not depend on their order."""

    schema_: Annotated[str, Field(alias="schema")]
    table: str
    rows: Annotated[int, Field(ge=0)]
    checksum: str


class Dump(Model):
    """The dump before it was encrypted, and the size of the file that holds it."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    encrypted_bytes: Annotated[int, Field(ge=0)]


class Backup(Model):
    """What is in a backup. Nothing here is encrypted, and nothing here is a value of a row."""

    format: int
    name: Annotated[str, Field(pattern=f"^{BACKUP_NAME}$")]
    at: AwareDatetime
    reason: str
    stack: str
    release: str
    dump: Dump
    tables: tuple[BackedUpTable, ...]
    migrations: dict[str, tuple[str, ...]]

    @property
    def fits(self) -> str:
        """The release whose data it has, for people. One that was made before a release knows only that one."""
        return f"the release before {self.release}" if self.reason == BACKUP_BEFORE_RELEASE else self.release

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)

    def rows_of(self, schema: str, table: str) -> int:
        """The rows of one table; 0 if there is none."""
        return next((one.rows for one in self.tables if (one.schema_, one.table) == (schema, table)), 0)

    def expected(self) -> str:
        """The list of its tables, as a restore compares it: CSV."""
        text = io.StringIO()
        csv.writer(text).writerows((one.schema_, one.table, one.rows, one.checksum) for one in self.tables)
        return text.getvalue()

    def written_since(self, now: datetime) -> str:
        """How long ago it was made: what was written in that time is not in it."""
        minutes = int((now - self.at).total_seconds() // 60)
        hours, days = minutes // 60, minutes // (60 * 24)
        return f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else f"{minutes} minutes"


@dataclass(frozen=True)
class KeptBackup:
    """A backup, and where its encrypted file comes from: a file here, or the output of a command."""

    backup: Backup
    source: Path | Sequence[str | Path]


def parse_backups(text: str) -> tuple[Backup, ...]:
    """The backups of several JSON documents in a row, newest first. Those of another format are left out."""
    found = [backup for document in _documents(text) if (backup := _parsed(document)) is not None]
    return tuple(sorted(found, key=lambda one: one.name, reverse=True))


def chosen_backup(name: str | None, kept: Sequence[Backup], stack: str) -> Backup:
    """A backup by its name; the newest one without a name."""
    if not kept:
        raise SituationError(f"{stack} has no backup", f"make one: `portal backup now --stack {stack}`")
    found = next((one for one in kept if name in {None, one.name}), None)
    if found is None:
        known = [one.name for one in kept]
        raise InputError(
            where="BACKUP",
            key="",
            got=f'"{name}"',
            allowed=f"a backup of {stack} ({', '.join(known[:5])}{', ...' if len(known) > 5 else ''})",
            fix=did_you_mean(name or "", known) or f"choose one that `portal backup list --stack {stack}` names",
        )
    return found


def backup_in_file(path: Path) -> KeptBackup:
    """A backup that was copied to this machine: its two files stand beside each other."""
    listed = path.with_suffix(".json")
    for file in (path, listed):
        if not file.is_file():
            raise SituationError(f"there is no {file}", "copy both files of the backup: NAME.age and NAME.json")
    found = read_cache(listed, Backup)
    if found is None or found.format != BACKUP_FORMAT:
        raise SituationError(
            f"{listed} does not say what is in a backup", f"use the file that was made with {path.name}"
        )
    return KeptBackup(found, path)


def _documents(text: str) -> Iterator[object]:
    decoder, place = json.JSONDecoder(), 0
    while (place := _next(text, place)) < len(text):
        try:
            document, place = decoder.raw_decode(text, place)
        except ValueError as error:
            raise PortalError(f"one of the backups has a list that cannot be read ({error})") from error
        yield document


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _parsed(document: object) -> Backup | None:
    if not is_mapping(document) or document.get("format") != BACKUP_FORMAT:
        return None
    given: Mapping[str, Any] = document
    try:
        return Backup.model_validate(given)
    except ValidationError:
        return None
