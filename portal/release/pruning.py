"""Which releases are kept, and why. Deletes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

# How many releases each stack can go back to, besides the one that it points to.
RETURNS = 5


def kept_because(
    releases: Collection[str],
    committed: Collection[str],
    pointed_to: Mapping[str, str],
    earlier: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Why each release is kept, by its id, in a few words. Those that are not kept are left out.

    ``committed`` are those that Git has: others could not be restored. ``pointed_to`` is the release of each stack now,
    ``earlier`` are those it pointed to before, newest first. Of these, the last :data:`RETURNS` are kept.
    """
    reasons = {release: "it is not committed" for release in releases if release not in committed}
    for stack, release in sorted(pointed_to.items()):
        reasons.setdefault(release, f"{stack} points to it")
    for stack, before in sorted(earlier.items()):
        others = [one for one in dict.fromkeys(before) if one != pointed_to.get(stack)]
        for release in others[:RETURNS]:
            reasons.setdefault(release, f"{stack} can go back to it")
    return {release: reasons[release] for release in sorted(releases) if release in reasons}
