"""Step: delete the local files of a deleted stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.files import delete_whole
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.stack_record import forget, other_stacks
from portal.deploy.step import Step

SHOWN = 5


class Forget(Step):
    """Delete the stack's local files. With the last stack, delete everything that ``up`` and ``build`` created here.

    If something is still there afterwards, it fails and says what. A link is its user's: the files that it leads to are
    deleted if ``.portal`` itself is one, and the link stays.
    """

    name = "forget"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        checkout, stack = deployment.checkout, deployment.plan.stack
        last = not other_stacks(checkout, stack)
        engine = deployment.find(DeployEngine)
        if engine is not None and not last:
            engine.forget()
        left = forget(checkout, stack)
        if last:
            left = list(_delete_state(checkout))
        if left:
            raise _not_deleted(checkout, left)


def _delete_state(checkout: Checkout) -> Iterator[Path]:
    """Delete all of ``.portal`` but the lock, which its holder removes, and give what is still there."""
    state = checkout.state
    linked = state.is_symlink()
    for path in sorted(state.iterdir()) if state.is_dir() else ():
        if path == checkout.lock_file:
            continue
        # What a link leads to may hold more than this program's files.
        if linked and path.name not in checkout.state_names:
            yield path
        elif path.is_symlink():
            yield from [path] if _has_content(path) else []
        else:
            yield from delete_whole(path)
    if state.is_dir() and not linked and not any(state.iterdir()):
        state.rmdir()


def _has_content(link: Path) -> bool:
    return any(link.iterdir()) if link.is_dir() else link.exists()


def _not_deleted(checkout: Checkout, left: Sequence[Path]) -> PortalError:
    def shown(path: Path) -> str:
        name = checkout.relative(path)
        return f"{name} (a link to {path.resolve()})" if path.is_symlink() else name

    names = [shown(path) for path in left[:SHOWN]]
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    layers = any(path.is_relative_to(checkout.containers) for path in left)
    how = "`buildah unshare rm -rf .portal/containers` deletes the layers of images. " if layers else ""
    return PortalError(
        "not everything is deleted. What this stack had in its cluster is, and these are still here:"
        f" {', '.join(names)}{more}. {how}Look whether you need them, and delete them yourself."
    )
