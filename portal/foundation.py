"""What a stack that portals share will be, before anything is applied: no release, no app-config and no secrets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.names import require_stack_name
from portal.base.yaml_document import KeyPath
from portal.models.aws.foundation import FoundationSettings
from portal.stack.settings import parse_foundation
from portal.stackfile.read import placeholder, read_stack_file, target_in
from portal.targets import Target, targets


@dataclass(frozen=True, eq=False)
class FoundationPlan:
    """A foundation's stack. ``where`` gives the file and line of a key below ``portal:`` in its file."""

    stack: str
    settings: FoundationSettings
    where: Callable[[KeyPath], str]

    @property
    def target(self) -> Target:
        """Where the stack is, and what that implies."""
        return targets()[self.settings.target]

    @property
    def summary(self) -> str:
        """What it is made of, in a few words."""
        found = self.settings
        network = f"the VPC {found.vpc.id}" if found.vpc.id is not None else f"a VPC {found.vpc.cidr}"
        cluster = f"the cluster {found.cluster.name}" if found.cluster is not None else "no cluster"
        count = f"{len(found.deployers)} {'deployer' if len(found.deployers) == 1 else 'deployers'}"
        return f"{network} in {found.region}, {cluster}, {count}"


def has_portal(values: Mapping[str, object]) -> bool:
    """Whether a configuration (``portal:url``) is of a portal, even if it is invalid. Without a target, it is."""
    target = target_in(values)
    return target is None or target.portal


def portal_stacks(checkout: Checkout) -> list[str]:
    """The stacks of portals, those with an unreadable file included."""
    return [stack for stack in checkout.stack_names() if _may_have_portal(checkout, stack)]


def foundation_stacks(checkout: Checkout) -> list[str]:
    """The stacks of foundations."""
    return [stack for stack in checkout.stack_names() if not _may_have_portal(checkout, stack)]


def _may_have_portal(checkout: Checkout, stack: str) -> bool:
    try:
        return has_portal(read_stack_file(checkout, stack).values)
    except (PortalError, OSError):
        return True


def load_foundation(checkout: Checkout, stack: str) -> FoundationPlan | None:
    """The foundation of a stack; None if it is the stack of a portal. InputError if it is invalid."""
    file = read_stack_file(checkout, stack)
    return None if has_portal(file.values) else make_foundation(stack, *file.config(placeholder), file.where)


def make_foundation(
    stack: str, config: Mapping[str, str], secret_keys: Collection[str], where: Callable[[KeyPath], str]
) -> FoundationPlan:
    """A foundation from a stack's configuration, as the Pulumi CLI passes it on. InputError if it is invalid."""
    require_stack_name(stack, f"stacks/Pulumi.{stack}.yaml")
    return FoundationPlan(stack, parse_foundation(config, secret_keys, where), where)
