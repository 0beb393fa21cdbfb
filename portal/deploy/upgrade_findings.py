"""What a person has to know or to correct of an upgrade, as sentences. Decides what stops it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError, raise_first
from portal.deploy.upgrade_steps import Edited, Faults
from portal.release.manifest import SCOPE
from portal.stackfile.app_config_keys import GoneKey, RenamedKey

_LINE = re.compile(r":\d+(?::\d+)?(?=:)")


def new_faults(before: Mapping[str, Collection[str]], after: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The faults that were not there before, with the stacks that have them."""
    found: dict[str, list[str]] = {}
    for stack, faults in sorted(after.items()):
        known = {_same(one) for one in before.get(stack, ())}
        for fault in faults:
            if _same(fault) not in known:
                found.setdefault(fault, []).append(stack)
    return found


def _same(fault: str) -> str:
    """What makes a fault the same in two releases: neither its line, which an edit moves, nor what is expected."""
    return _LINE.sub("", fault.partition(", expected ")[0])


def of_renamed(there: Checkout, renamed: Sequence[RenamedKey], after: str) -> Edited:
    """The keys that were renamed, and those of pinned stacks, which a person renames later."""
    files = [there.portal_file, *(there.stack_file(stack) for stack in there.stack_names())]
    return Edited(
        # Git commits of these what has changed.
        tuple(files) if any(one.pinned is None for one in renamed) else (),
        tuple(f"{one.where}: appConfig.{one.old} is now appConfig.{one.new}" for one in renamed if one.pinned is None),
        tuple(
            f"{one.where}: when {one.pinned} takes over a release with Backstage {after}, rename appConfig.{one.old} to"
            f" appConfig.{one.new}"
            for one in renamed
            if one.pinned is not None
        ),
    )


def findings_of(gone: Sequence[GoneKey], before: Faults, now: Faults, after: str) -> list[InputError]:
    """What has to be corrected: keys that are gone, and what the checks find besides these."""
    errors: list[InputError] = [one.error(after) for one in gone if one.pinned is None]
    told = _told(gone)
    errors += [
        SituationError(f"with Backstage {after}, {', '.join(stacks)} would be refused", fault)
        for fault, stacks in new_faults(before.now, now.now).items()
        if not fault.startswith(told)
    ]
    return errors


def _told(gone: Sequence[GoneKey]) -> tuple[str, ...]:
    """How the checks begin what they say about keys that are gone: that is said already."""
    return tuple(f"{one.where}: app-config {one.key}: " for one in gone)


def raise_with_way_out(found: Sequence[InputError], after: str) -> None:
    """Raise what was found, with the way out: some mistakes can only be corrected with the new release."""
    if found:
        way_out = SituationError(
            f"there is no branch, because {len(found)} of the findings have to be corrected first"
            if len(found) > 1
            else "there is no branch, because this has to be corrected first",
            f"correct and commit it, and run `portal upgrade {after}` again; or make the branch with"
            f" `portal upgrade {after} --draft`, and correct it there",
        )
        raise_first([*found, way_out])


def twice(packages: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Backstage's packages that a lock has in several versions."""
    for name, versions in packages.items():
        if name.startswith(SCOPE) and len(versions) > 1:
            yield f"{name} is in the image in several versions: {', '.join(versions)}"


def refused_before(before: Faults) -> Iterator[str]:
    """The stacks in which checks found something before the upgrade."""
    refused = [stack for stack, found in sorted(before.now.items()) if found]
    if refused:
        yield f"{', '.join(refused)} would be refused without the upgrade as well: `portal check --all` says why"


def with_next_release(gone: Sequence[GoneKey], before: Faults, now: Faults, after: str) -> Iterator[str]:
    """What is in the way of stacks that point to an earlier release, once they take over one of this checkout."""
    told = _told(gone)
    for fault, stacks in new_faults(before.next, now.next).items():
        if not fault.startswith(told):
            yield f"before {', '.join(stacks)} can take over a release with Backstage {after}: {fault}"


def later(gone: Sequence[GoneKey], after: str) -> Iterator[str]:
    """The keys that are gone for stacks with an earlier release, once they take over a later one."""
    for one in gone:
        if one.pinned is not None:
            advice = f": {one.advice}" if one.advice else ""
            taken_over = f"when {one.pinned} takes over a release with Backstage {after}"
            yield f"{one.where}: {taken_over}, appConfig.{one.key} is gone{advice}"
