"""What a door is: one dangerous state of the final app-config, how to find it, and who may open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.appconfig.references import as_backstage_reads
from portal.appconfig.visibility import frontend_paths
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.plan import Plan


@dataclass(frozen=True)
class Opening:
    """One place where a door is open. ``what`` follows the name of the key: ``switches TLS off``. It has no value.

    ``fix`` replaces the door's own one.
    """

    path: KeyPath
    what: str
    fix: str | None = None


@dataclass(frozen=True)
class Node:
    """One value of app-config with its path. Texts are as Backstage reads them."""

    path: KeyPath
    value: Any

    @property
    def key(self) -> str:
        """The name of the nearest key, also for an entry of a list."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def name(self) -> str:
        """The key in lower case, without dashes and the like: there is no second spelling of a dangerous key."""
        return plain_name(self.key)

    @property
    def is_off(self) -> bool:
        """Whether Backstage reads the value as false."""
        return self.value is False or str(self.value).strip().lower() in {"false", "0", "no", "off", "none"}

    def below(self, *keys: str) -> bool:
        """Whether the node is the value of these keys, or below it. ``*`` stands for any one key or entry."""
        return len(self.path) >= len(keys) and all(
            key in ("*", part) for key, part in zip(keys, self.path, strict=False)
        )


@dataclass(frozen=True)
class View:
    """What doors look at: the final app-config of a plan, and what the plan says about the rest."""

    plan: Plan

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every key, mapping, list and value of the final app-config, in its order."""
        return tuple(nodes_of(self.data))

    @cached_property
    def texts(self) -> tuple[Node, ...]:
        """The nodes that are texts."""
        return tuple(node for node in self.nodes if isinstance(node.value, str))

    @cached_property
    def visible(self) -> frozenset[KeyPath]:
        """The keys that browsers get."""
        return frozenset(frontend_paths(self.data, self.plan.schema))

    @property
    def data(self) -> Mapping[str, Any]:
        """The final app-config."""
        return self.plan.app_config.data

    def at(self, *path: str) -> Any:  # noqa: ANN401 - JSON
        """The final value of a key, or None."""
        return value_at(self.data, path)

    def is_derived(self, node: Node) -> bool:
        """Whether the value is as it was derived, so that nobody wrote it under appConfig."""
        derived = value_at(self.plan.app_config.derived, node.path)
        return derived is not None and derived == value_at(self.data, node.path)


Find = Callable[[View], Iterator[Opening]]


@dataclass(frozen=True)
class Door:
    """One row of the table.

    ``title`` says what it is, for people. ``find`` names the open places. ``fix`` says what to do instead. ``setting``
    is the setting that opens the door, and None where none does. ``loopback``: it is harmless if only this machine can
    reach the portal.
    """

    title: str
    find: Find
    fix: str
    setting: str | None = None
    loopback: bool = True


def nodes_of(value: Any, path: KeyPath = ()) -> Iterator[Node]:  # noqa: ANN401 - JSON in
    """Every value below a value, each with its path."""
    if path:
        yield Node(path, as_backstage_reads(value) if isinstance(value, str) else value)
    if is_mapping(value):
        for key, item in value.items():
            yield from nodes_of(item, (*path, key))
    elif is_list(value):
        for index, item in enumerate(value):
            yield from nodes_of(item, (*path, index))


def plain_name(key: str) -> str:
    """A key in lower case with letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", key.lower())
