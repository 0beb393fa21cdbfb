"""What differs between the two sides of a preview, stack by stack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from portal.base.difference import Difference, differences
from portal.graph.difference import ResourceChange, graph_difference
from portal.graph.preview.sides import Sides
from portal.graph.preview.snapshot import BY_NAME, Drawn, ReleaseSnapshot, StackSnapshot
from portal.graph.replacement import PROVIDER, Effect
from portal.release.bundle import Release
from portal.release.config_schemas import ConfigSchemas
from portal.release.difference import ReleaseDifference, release_difference
from portal.release.formats import in_newest_format
from portal.release.release import WORKSPACE

# The line in a sentence: ``stacks/Pulumi.dev.yaml:12: …``.
_LINE = re.compile(r":\d+(?=:)")

ON_MERGE, LATER = "on merge", "with the next release"


@dataclass(frozen=True)
class SecretChange:
    """A secret of a stack by its name. Whether a value changed cannot be seen: its encryption did."""

    name: str
    state: str


@dataclass(frozen=True)
class StackChange:
    """What would change in one stack, and when: on merge, or when a release of this checkout reaches it.

    ``release`` are the ids before and after. ``new_faults`` are sentences of checks that only the second side has,
    ``mended_faults`` those that only the first one has. If a stack has faults on a side, ``compared`` is False: nothing
    that it deploys is compared. ``refused`` says whether the second side has any. ``gone``: the stack has no file now.
    """

    stack: str
    when: str
    release: tuple[str, str]
    resources: tuple[ResourceChange, ...] = ()
    app_config: tuple[Difference, ...] = ()
    portal: ReleaseDifference | None = None
    secrets: tuple[SecretChange, ...] = ()
    new_faults: tuple[str, ...] = ()
    mended_faults: tuple[str, ...] = ()
    compared: bool = True
    refused: bool = False
    gone: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (
            self.gone
            or self.portal
            or self.resources
            or self.app_config
            or self.secrets
            or self.new_faults
            or self.mended_faults
            or self.release[0] != self.release[1]
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reviewer has to see first, as sentences."""
        return tuple(_warnings(self))


def compare(sides: Sides) -> tuple[StackChange, ...]:
    """The changes of every stack that one of the sides has. First those on merge."""
    before, after = sides.before.stacks, sides.after.stacks
    nothing = StackSnapshot(now=Drawn(release=""))
    merged = [
        _change(stack, ON_MERGE, before.get(stack, nothing).now, after[stack].now, sides)
        if stack in after
        # What runs stays until somebody deletes it: without its file, nothing is deployed.
        else StackChange(stack, ON_MERGE, (before[stack].now.release, ""), compared=False, gone=True)
        for stack in sorted({*before, *after})
    ]
    with_secrets = [_with_secrets(one, before.get(one.stack), after.get(one.stack)) for one in merged]
    later = [
        _change(stack, LATER, found.now, found.candidate, Sides(sides.base, sides.after, sides.after))
        for stack, found in sorted(after.items())
        if found.candidate is not None
    ]
    return (*with_secrets, *later)


def _change(stack: str, when: str, old: Drawn, new: Drawn, sides: Sides) -> StackChange:
    compared = not (old.faults or new.faults)
    releases = sides.before.releases.get(old.release), sides.after.releases.get(new.release)
    portal = _portal(*releases, built=when == ON_MERGE and new.release != WORKSPACE)
    return StackChange(
        stack=stack,
        when=when,
        release=(old.release, new.release if when == ON_MERGE else _next(old.release, portal)),
        resources=graph_difference(old.graph, new.graph) if compared else (),
        # Only what the checks accepted: what they refuse may be a credential.
        app_config=tuple(differences(old.app_config, new.app_config)) if compared else (),
        portal=portal,
        new_faults=_only(new.faults, old.faults),
        mended_faults=_only(old.faults, new.faults),
        compared=compared,
        refused=bool(new.faults),
    )


def _only(faults: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences that the other side does not have, on whatever line of its file."""
    known = {_LINE.sub("", one) for one in others}
    return tuple(one for one in faults if _LINE.sub("", one) not in known)


def _next(release: str, portal: ReleaseDifference | None) -> str:
    return release if portal is None else "the next release"


def _portal(before: ReleaseSnapshot | None, after: ReleaseSnapshot | None, *, built: bool) -> ReleaseDifference | None:
    """The difference of two releases. None if there is none. ``built``: whether the second one has its images."""
    if before is None or after is None or before == after:
        return None
    old, new = (Release.model_validate(in_newest_format(one.release, "a release")) for one in (before, after))
    if not built:
        new = new.model_copy(update={"images": old.images})
    schemas = (ConfigSchemas("", one.schemas) for one in (before, after))
    found = release_difference(old, new, *schemas)
    return None if found.is_empty else found


def _with_secrets(change: StackChange, before: StackSnapshot | None, after: StackSnapshot | None) -> StackChange:
    old = before.secrets if before else {}
    new = after.secrets if after else {}
    if old is None or new is None or after is None:
        return change
    found = tuple(SecretChange(name, state) for name in sorted({*old, *new}) if (state := _state(name, old, new)))
    return replace(change, secrets=found)


def _state(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    if name not in old:
        return "added"
    if name not in new:
        return "removed"
    if old[name] == new[name]:
        return ""
    if new[name].startswith(BY_NAME):
        return "read from another place in Secrets Manager: its value may have changed"
    return "encrypted again: its value may have changed"


def _warnings(change: StackChange) -> Iterator[str]:
    for one in change.resources:
        if one.kind == PROVIDER and one.word == Effect.REPLACED:
            yield "the stack goes to another cluster: every object is created there anew, without its data"
        elif one.word == Effect.REFUSED:
            yield f"the change of {one.kind} {one.name} will be refused, by the cluster or because it is protected"
        elif one.unprotected:
            yield f"{one.kind} {one.name} is no longer protected: Pulumi may delete it from now on"
        elif one.loses_data:
            yield f"{one.kind} {one.name} is {one.word}: its data may be lost"
        elif one.may_restart:
            yield f"{one.kind} {one.name} changes: the database may restart"
    yield from change.portal.breaking if change.portal is not None else ()
