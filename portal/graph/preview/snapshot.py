"""What every stack of a checkout would be, as data that another version of this code can read.

A process of its own makes it (``python -c`` with :func:`main`), so that each commit's own code describes that commit.
It reads no value of a secret, and asks no cluster.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.printer import Printer
from portal.base.yaml_document import Value
from portal.checks import findings_of_a_drawing
from portal.foundation import FoundationPlan, has_portal, load_foundation
from portal.graph.accepted import require_accepted
from portal.graph.model import Graph, Resource
from portal.graph.program import record_plan
from portal.models.base import Model
from portal.plan import Plan, load_plan, make_plan_of
from portal.release.images import Images, unbuilt_images
from portal.release.release import WORKSPACE, LoadedRelease, load_release, with_built_from, workspace_release
from portal.stackfile.pointer import pointer_of
from portal.stackfile.read import named_secrets, read_stack_file

# Before the hash of a name in Secrets Manager.
BY_NAME = "by name "
# The version of this data. Only the same version can be compared.
Form = Literal[1]


class RecordedResource(Model):
    """One resource of a graph."""

    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool = False


class Drawn(Model):
    """A stack with one release. ``faults`` are the sentences of the checks."""

    release: str
    app_config: dict[str, Any] = {}
    resources: tuple[RecordedResource, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        """The resources as a graph, to compare it."""
        found = {
            (urn := f"{one.type}::{one.name}"): Resource(
                urn=urn,
                type=one.type,
                name=one.name,
                parent="",
                custom=True,
                provider="",
                inputs=one.inputs,
                protect=one.protect,
            )
            for one in self.resources
        }
        return Graph("", found, {})


class StackSnapshot(Model):
    """One stack: as its file says, and for a stack with a committed release also with this checkout's portal.

    ``secrets`` are a hash of each encrypted value, or of its name in Secrets Manager, by name; None if the file cannot
    be read. ``program`` is the commit whose code deploys the stack.
    """

    now: Drawn
    candidate: Drawn | None = None
    program: str | None = None
    secrets: dict[str, str] | None = None


class ReleaseSnapshot(Model):
    """A release that a stack points to, or this checkout, with its config schemas."""

    release: dict[str, Any]
    schemas: tuple[dict[str, Any], ...]


class Snapshot(Model):
    """The stacks and the releases of one checkout."""

    form: Form = 1
    stacks: dict[str, StackSnapshot]
    releases: dict[str, ReleaseSnapshot]


def snapshot(checkout: Checkout, stacks: Sequence[str]) -> Snapshot:
    """The named stacks of a checkout. What is wrong with one of them is in its ``faults``."""
    found = {stack: _stack(checkout, stack) for stack in stacks}
    wanted = {drawn.release for one in found.values() for drawn in (one.now, one.candidate) if drawn is not None}
    releases = {one: release for one in sorted(wanted) if (release := _release(checkout, one)) is not None}
    return Snapshot.model_construct(form=1, stacks=found, releases=releases)


def _short_hash(value: Value) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _stack(checkout: Checkout, stack: str) -> StackSnapshot:
    try:
        file = read_stack_file(checkout, stack)
        secrets = {name: _short_hash(value) for name, value in file.secrets.items()}
        secrets |= {name: f"{BY_NAME}{_short_hash(named)}" for name, named in named_secrets(file).items()}
    except (PortalError, OSError) as error:
        return StackSnapshot.model_construct(now=refused("", error))
    pointed = pointer_of(file.values).release if has_portal(file.values) else ""
    try:
        foundation = load_foundation(checkout, stack)
        if foundation is not None:
            return StackSnapshot.model_construct(now=_drawn_foundation(checkout, foundation))
        plan = load_plan(checkout, stack)
    except (PortalError, OSError) as error:
        return StackSnapshot.model_construct(now=refused(pointed, error), secrets=secrets)
    pinned = plan.release.id != WORKSPACE
    return StackSnapshot.model_construct(
        # The images of a checkout are those of its last build, if there was one. That says nothing about its commit.
        now=_drawn(checkout, plan if pinned else _with(plan, plan.loaded, unbuilt_images())),
        candidate=_candidate(checkout, plan) if pinned else None,
        program=plan.settings.program,
        secrets=secrets,
    )


def refused(release: str, error: PortalError | OSError) -> Drawn:
    """What can be said of a stack that cannot be drawn: why."""
    sentences = error.sentences if isinstance(error, InputError) else [str(error)]
    return Drawn.model_construct(release=release, faults=tuple(sentences))


def _candidate(checkout: Checkout, plan: Plan) -> Drawn | None:
    """The stack with the portal of this checkout, deployed by this code: what it gets with its next release.

    Its images are not known before they are built, so it uses the stack's present ones.
    """
    try:
        return _drawn(checkout, _with(plan, workspace_release(checkout), plan.release.images))
    except (PortalError, OSError) as error:
        return refused(WORKSPACE, error)


def _with(plan: Plan, loaded: LoadedRelease, images: Images) -> Plan:
    """A plan with another release, which has other images than its own. Another one needs no signature yet."""
    release = loaded.release.model_copy(update={"images": images})
    asked = plan.settings.signed_by if release.id == plan.release.id else ()
    settings = plan.settings.model_copy(update={"release": release.id, "program": None, "signed_by": asked})
    return make_plan_of(replace(loaded, release=release), plan.stack, settings, plan.where)


def _drawn(checkout: Checkout, plan: Plan) -> Drawn:
    faults = tuple(one.sentence for one in findings_of_a_drawing(plan))
    resources: tuple[RecordedResource, ...] = ()
    if not faults:
        try:
            resources = _resources(checkout, plan.with_stand_ins())
        except PortalError as error:
            return refused(plan.release.id, error)
    return Drawn.model_construct(
        release=plan.release.id, app_config=dict(plan.app_config.data), resources=resources, faults=faults
    )


def _drawn_foundation(checkout: Checkout, foundation: FoundationPlan) -> Drawn:
    """What portals share has resources only: no release and no app-config."""
    return Drawn.model_construct(release="", resources=_resources(checkout, foundation))


def _resources(checkout: Checkout, plan: Plan | FoundationPlan) -> tuple[RecordedResource, ...]:
    return tuple(
        RecordedResource.model_construct(type=one.type, name=one.name, inputs=dict(one.inputs), protect=one.protect)
        for one in require_accepted(record_plan(checkout, plan))
        if one.custom
    )


def _release(checkout: Checkout, release_id: str) -> ReleaseSnapshot | None:
    try:
        loaded = load_release(checkout, release_id, "")
    except (PortalError, OSError):
        # The stack's own faults say it.
        return None
    release = loaded.release
    with suppress(PortalError, OSError):
        # Without it, packages and migrations are not compared, and the difference says so.
        release = with_built_from(checkout, loaded)
    return ReleaseSnapshot.model_construct(
        release=release.model_dump(mode="json", by_alias=True),
        schemas=tuple(dict(one) for one in loaded.schemas.packages),
    )


def main() -> None:
    """Print the snapshot of the checkout and the stacks that the command line names."""
    root, *stacks = sys.argv[1:]
    Printer().document(snapshot(Checkout(Path(root)), stacks).model_dump_json(by_alias=True))
