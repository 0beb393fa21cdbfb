"""What ``yarn.lock`` says about npm packages. Reads its text, and needs no Yarn."""

from __future__ import annotations

import re

# https://github.com/yarnpkg/berry/blob/master/packages/yarnpkg-core/sources/Project.ts (generateLockfile)
RESOLUTION = re.compile(r'^  resolution: "(@?[^@"]+)@npm:([^"]+)"$', re.MULTILINE)


def locked_packages(lock: str) -> dict[str, tuple[str, ...]]:
    """The versions of every npm package in the text of a lock, by name. Both are sorted, versions as text.

    Does not return workspaces, links and patches. A patched package also has a normal entry, which is returned.
    """
    versions: dict[str, set[str]] = {}
    for name, version in RESOLUTION.findall(lock):
        versions.setdefault(name, set()).add(version)
    return {name: tuple(sorted(versions[name])) for name in sorted(versions)}
