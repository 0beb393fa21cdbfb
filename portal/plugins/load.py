"""Read the catalogue's records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from portal.base.errors import InputError, did_you_mean
from portal.base.yaml_document import read_document
from portal.models.base import validated
from portal.plugins.record import PluginRecord

RECORDS = Path(__file__).parent / "records"


@cache
def load_plugins() -> Mapping[str, PluginRecord]:
    """Every record by its id, in the order of ids. A record that contradicts itself is an error."""
    records = {path.stem: _read(path) for path in sorted(RECORDS.glob("*.yaml"), key=_stem)}
    for record in records.values():
        for needed in record.requires:
            if needed not in records:
                raise _wrong(
                    record.id, "requires", f'"{needed}"', "an id of the catalogue", did_you_mean(needed, records)
                )
    return records


def _read(path: Path) -> PluginRecord:
    name = f"portal/plugins/records/{path.name}"
    document = read_document(path, name)
    record = validated(PluginRecord, document.data, document.where)
    if record.id != path.stem:
        raise _wrong(path.stem, "id", f'"{record.id}"', f'"{path.stem}", as the file is called', "rename one of them")
    return record


def _wrong(plugin: str, key: str, got: str, allowed: str, fix: str) -> InputError:
    return InputError(where=f"portal/plugins/records/{plugin}.yaml", key=key, got=got, allowed=allowed, fix=fix)


def _stem(path: Path) -> str:
    return path.stem
