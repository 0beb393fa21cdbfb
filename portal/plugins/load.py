"""Read the records of the plugin library. A record that contradicts itself or names something unknown is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from portal.base.errors import InputError, did_you_mean, one_of, quoted, raise_first
from portal.base.yaml_document import read_document
from portal.models.base import validated
from portal.plugins.record import PluginRecord, Record, SignInRecord, SourceRecord

LIBRARY = Path(__file__).parent
R = TypeVar("R", bound=Record)


@cache
def load_plugins() -> Mapping[str, PluginRecord]:
    """Every plugin by its id, sorted."""
    records = _read_all("records", PluginRecord)
    providers, sources = load_sign_in(), load_sources()
    for record in records.values():
        place = _name("records", record.id)
        raise_first(_unknown(place, "requires", record.requires, records))
        raise_first(_unknown(place, "conflicts", record.conflicts, records))
        raise_first(_unknown(place, "filters", record.filters.values(), record.annotations))
        for name, need in record.sources.items():
            raise_first(_unknown(place, "sources", [name], sources))
            raise_first(_unknown(place, f"sources.{name}.options", need.options, sources[name].options))
        raise_first(_databases(place, record))
        if record.connection is not None:
            links = [one.id for one in providers.values() if one.links]
            raise_first(_unknown(place, "connection.accounts", record.connection.accounts, links))
    return records


@cache
def load_sign_in() -> Mapping[str, SignInRecord]:
    """Every sign-in provider by its id, sorted."""
    records = _read_all("signin", SignInRecord)
    for record in records.values():
        named = [record.source] if record.source is not None else []
        raise_first(_unknown(_name("signin", record.id), "source", named, _ids("sources")))
    return records


@cache
def load_sources() -> Mapping[str, SourceRecord]:
    """Every kind of source by its id, sorted."""
    records = _read_all("sources", SourceRecord)
    for record in records.values():
        place = _name("sources", record.id)
        raise_first(_unknown(place, "suggested", [record.suggested], record.credentials))
        if record.accounts is not None:
            raise_first(_unknown(place, "accounts.provider", [record.accounts.provider], _ids("signin")))
    return records


def record_file(record: Record) -> str:
    """The file of a record, as errors name it."""
    folders: dict[type[Record], str] = {PluginRecord: "records", SignInRecord: "signin", SourceRecord: "sources"}
    return _name(folders[type(record)], record.id)


def _ids(folder: str) -> list[str]:
    return sorted(path.stem for path in (LIBRARY / folder).glob("*.yaml"))


def _read_all(folder: str, model: type[R]) -> dict[str, R]:
    return {name: _read(folder, name, model) for name in _ids(folder)}


def _read(folder: str, name: str, model: type[R]) -> R:
    place = _name(folder, name)
    document = read_document(LIBRARY / folder / f"{name}.yaml", place)
    record = validated(model, document.data, document.where)
    if record.id != name:
        raise InputError(
            where=document.where(("id",)),
            key="id",
            got=f'"{record.id}"',
            allowed=f'"{name}", the name of the file',
            fix="rename one of the two",
        )
    return record


def _name(folder: str, record: str) -> str:
    return f"portal/plugins/{folder}/{record}.yaml"


def _databases(place: str, record: PluginRecord) -> Iterator[InputError]:
    """Each backend plugin keeps at least its keys in a schema, and has a pool of connections (backstage#30412)."""
    plugins = [name for name in record.packages.backend if name.endswith("-backend")]
    if len(plugins) != len(record.databases):
        ids = [re.sub(r".*plugin-|-backend$", "", name) for name in plugins]
        yield InputError(
            where=place,
            key="databases",
            got=quoted(list(record.databases)),
            allowed="the id of each backend plugin, as many as there are packages with -backend at the end",
            fix=f"write `databases: [{', '.join(ids)}]`" if ids else "remove it",
        )


def _unknown(place: str, key: str, named: Iterable[str], known: Iterable[str]) -> Iterator[InputError]:
    names = list(known)
    for name in named:
        if name not in names:
            yield InputError(
                where=place,
                key=key,
                got=f'"{name}"',
                allowed=one_of(names),
                fix=did_you_mean(name, names),
            )
