"""``portal:release``, ``portal:program`` and ``portal:image`` fit together."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, quoted
from portal.plan import Plan
from portal.release.release import WORKSPACE


def check_pinned(plan: Plan) -> Iterator[InputError]:
    """Refuse ``portal:program`` for the workspace, and ``portal:image`` for a release.

    A checkout's portal was never tested with another commit's code, nor a release with another image.
    """
    settings, pinned = plan.settings, plan.release.id != WORKSPACE
    if settings.program is not None and not pinned:
        yield InputError(
            where=plan.where(("program",)),
            key="portal:program",
            got=f'"{settings.program[:12]}"',
            allowed="no program, because portal:release is workspace",
            fix="remove it, or write the release that the program deploys",
        )
    kubeconfig = settings.cluster.kubeconfig if settings.cluster is not None else None
    if settings.program is not None and kubeconfig and not kubeconfig.startswith(("/", "~", ".portal/")):
        yield InputError(
            where=plan.where(("cluster", "kubeconfig")),
            key="portal:cluster.kubeconfig",
            got=quoted(kubeconfig),
            allowed="an absolute path, because portal:program runs in a folder of its own",
            fix="write the whole path, or leave it out to use your own kubeconfig",
        )
    if settings.image is not None and pinned:
        yield InputError(
            where=plan.where(("image",)),
            key="portal:image",
            got=f'"{settings.image}"',
            allowed=f"no image, because the release {plan.release.id} has one",
            fix="remove it, or write the release whose image you want",
        )
