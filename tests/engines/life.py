"""The life of a stack in an engine, from its first preview to its end, and what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.base.json_types import is_list, is_mapping
from tests.engines.engine import Engine, Outcome
from tests.engines.journal import Entry, read
from tests.engines.place import Place


@dataclass(frozen=True)
class Change:
    """A change of a stack's file that replaces a resource of a type. ``old`` stands in the file once."""

    old: str
    new: str
    replaces: str

    def write(self, place: Place) -> None:
        text = place.file.read_text()
        assert text.count(self.old) == 1
        place.file.write_text(text.replace(self.old, self.new))


@dataclass
class Phase:
    """A command: how it ended, what providers were asked, and the resources of the state afterwards."""

    outcome: Outcome
    entries: list[Entry]
    resources: list[Mapping[str, Any]]

    def urns(self, call: str) -> list[str]:
        """Of what a call changed, in the order in which the calls began."""
        return [entry.urn for entry in self.entries if entry.call == call and entry.changes and not entry.ended]

    @property
    def known(self) -> dict[str, Any]:
        """The resources by URN, without what means nothing: the order of dependencies, and how secrets look."""
        return {one["urn"]: _comparable(one) for one in self.resources}

    @property
    def changes(self) -> list[str]:
        return [f"{entry.call} {entry.urn}" for entry in self.entries if entry.changes and not entry.ended]


@dataclass
class Life:
    """The commands by name. ``kept`` is everything that the engine kept and showed, while the stack was there."""

    place: Place
    change: Change | None
    phases: dict[str, Phase] = field(default_factory=dict[str, Phase])
    kept: list[bytes] = field(default_factory=list[bytes])

    def __getitem__(self, name: str) -> Phase:
        return self.phases[name]

    @property
    def made(self) -> list[Mapping[str, Any]]:
        """The resources that providers made."""
        return [one for one in self["up"].resources if one.get("custom") and is_made(one)]


def _comparable(known: Mapping[str, Any]) -> Mapping[str, Any]:
    of_inputs: Mapping[str, list[str] | None] = known.get("propertyDependencies") or {}
    return {
        **_without_ciphers(known),
        "dependencies": sorted(known.get("dependencies") or ()),
        "propertyDependencies": {key: sorted(urns or ()) for key, urns in of_inputs.items()},
    }


def _without_ciphers(value: Any) -> Any:
    if is_mapping(value):
        return {key: _without_ciphers(item) for key, item in value.items() if key != "ciphertext"}
    return [_without_ciphers(item) for item in value] if is_list(value) else value


def is_made(known: Mapping[str, Any]) -> bool:
    return not known["type"].startswith("pulumi:")


def live(engine: Engine, place: Place, change: Change | None) -> Life:
    life = Life(place, change)

    def note(name: str, outcome: Outcome) -> None:
        before = sum(len(phase.entries) for phase in life.phases.values())
        life.phases[name] = Phase(outcome, read(place.journal)[before:], engine.resources())
        life.kept.append(outcome.text.encode())

    note("preview", engine.preview())
    note("up", engine.up(skip_preview=True))
    note("again", engine.up(skip_preview=True, expect_no_changes=True))
    if change is not None:
        text = place.file.read_text()
        change.write(place)
        note("replaced", engine.up())
        place.file.write_text(text)
    life.kept.extend(engine.kept())
    if any(one.get("protect") for one in life["up"].resources):
        note("refused", engine.destroy())
        note("reduced", engine.destroy(exclude_protected=True))
        note("unprotected", engine.unprotect())
    note("destroyed", engine.destroy())
    life.kept.extend(engine.kept())
    return life
