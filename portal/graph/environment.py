"""A stack as entities of Backstage's catalog: the environment, and what there is of a portal in it.

Pure: the same environment gives the same entities. Nothing here reads a file, records a graph or asks a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.base.canonical import content_hash
from portal.base.moment import moment_text
from portal.base.yaml_text import yaml_text
from portal.checks.catalog_kinds import KINDS
from portal.checks.entity_name import NAME_LENGTH
from portal.contract import PORTAL
from portal.graph.inventory import BuiltComponent, Inventory
from portal.release.release import WORKSPACE

# A catalog may have a component or a cluster that is called like a stack, and each name may be there once.
NAMESPACE = "environments"
# In front of the annotations that are ours, as it is the value of labels in the cluster.
PREFIX = f"{PORTAL}/"
# The first line of every file that :func:`catalog_file` makes. It is how the command knows its own files.
MARKER = "# Written by `portal environments`, which replaces this file. Do not edit it."


@dataclass(frozen=True)
class Environment:
    """What is known of a stack. ``target``, ``url`` and ``release`` are None where its file says nothing valid.

    ``program`` is the commit of the code that deploys it; None if that is the code of a checkout. ``verified`` is when
    what it points to was verified, and ``expires`` when the stack ends.
    """

    stack: str
    target: str | None = None
    url: str | None = None
    release: str | None = None
    program: str | None = None
    verified: datetime | None = None
    expires: datetime | None = None
    inventory: Inventory = Inventory()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True)
class Shown:
    """What a component of the program is in the catalog. ``title`` is filled in with the portal's title."""

    kind: str
    type: str
    title: str


# By the type of a component, or by its role: the folder of ``components/`` that it is in. All others are not shown.
SHOWN: Mapping[str, Shown] = {
    "portal:backstage:Backstage": Shown("Component", "website", "{}"),
    "portal:database": Shown("Resource", "database", "Database of {}"),
}


@dataclass(frozen=True)
class Ownership:
    """The references to the owner of all entities, and to the system that they are part of, if to any."""

    owner: str
    system: str | None = None

    @property
    def spec(self) -> dict[str, str]:
        """Both, as keys of an entity's ``spec``."""
        return {"owner": self.owner, **({"system": self.system} if self.system is not None else {})}


def entities(environment: Environment, ownership: Ownership) -> list[dict[str, Any]]:
    """The environment, and then its parts, in the order of the graph.

    What the stack makes depends on the environment, and the portal on everything else that it has. What others operate
    does not depend on the environment.
    """
    parts = [(one, shown) for one in environment.inventory.components if (shown := _shown(one)) is not None]
    resources = [_reference(environment.stack, one, shown) for one, shown in parts if shown.kind == "Resource"]
    own = f"resource:{NAMESPACE}/{environment.stack}"
    found = [_environment(environment, ownership)]
    for one, shown in parts:
        needs = [own] if one.has_resources else []
        needs += resources if shown.kind == "Component" else []
        found.append(_part(environment, one, shown, needs, ownership))
    return found


def references(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The whole names of entities."""
    for entity in found:
        yield f"{entity['kind'].lower()}:{entity['metadata']['namespace']}/{entity['metadata']['name']}"


def catalog_file(found: Iterable[Mapping[str, Any]]) -> str:
    """A file that the catalog reads: a document for each entity, after a comment that says whose file it is."""
    return f"{MARKER}\n" + "---\n".join(yaml_text(entity) for entity in found)


def known_time(at: datetime | None) -> str | None:
    """A time as annotations and answers have it; None if it is not known."""
    return moment_text(at) if at is not None else None


def _environment(environment: Environment, ownership: Ownership) -> dict[str, Any]:
    links = [{"url": environment.url, "title": environment.inventory.title or "Portal"}] if environment.url else []
    facts = {
        "stack": environment.stack,
        "target": environment.target,
        "release": environment.release,
        "program": environment.program,
        "verified-at": known_time(environment.verified),
        "expires-at": known_time(environment.expires),
    }
    return _entity(
        "Resource",
        {
            "name": environment.stack,
            "title": environment.stack,
            "description": f"Where the stack {environment.stack} runs",
            "annotations": _annotations(facts),
            **({"links": links} if links else {}),
        },
        {"type": "environment", **ownership.spec},
    )


def _part(
    environment: Environment, one: BuiltComponent, shown: Shown, needs: list[str], ownership: Ownership
) -> dict[str, Any]:
    stack = environment.stack
    title = shown.title.format(f"{environment.inventory.title} in {stack}")
    made = f"Deployed with the stack {stack}" if one.has_resources else f"Operated elsewhere; the stack {stack} uses it"
    spec: dict[str, Any] = {"type": shown.type}
    if "lifecycle" in KINDS[shown.kind].texts:
        # The code of a checkout is not what anybody promoted.
        spec["lifecycle"] = "experimental" if environment.release in {None, WORKSPACE} else "production"
    return _entity(
        shown.kind,
        {
            "name": _name(stack, one),
            "title": title,
            "description": made,
            "annotations": _annotations({"stack": stack, "component": one.type}),
        },
        {**spec, **ownership.spec, **({"dependsOn": needs} if needs else {})},
    )


def _entity(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    name = metadata.pop("name")
    return {
        "apiVersion": KINDS[kind].versions[0],
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, **metadata},
        "spec": spec,
    }


def _shown(one: BuiltComponent) -> Shown | None:
    return SHOWN.get(one.type) or SHOWN.get(one.type.rpartition(":")[0])


def _reference(stack: str, one: BuiltComponent, shown: Shown) -> str:
    return f"{shown.kind.lower()}:{NAMESPACE}/{_name(stack, one)}"


def _name(stack: str, one: BuiltComponent) -> str:
    """A stack's name has no dot, so no part is called like an environment. A long one is shortened."""
    name = f"{stack}.{one.name}"
    if len(name) <= NAME_LENGTH:
        return name
    end = f"-{content_hash(stack, 8)}.{one.name}"
    return f"{stack[: NAME_LENGTH - len(end)]}{end}"


def _annotations(facts: Mapping[str, str | None]) -> dict[str, str]:
    return {f"{PREFIX}{key}": value for key, value in facts.items() if value is not None}
