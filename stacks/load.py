"""The only module that reads the program's configuration. It checks it, wraps secrets, and makes errors sentences."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import SecretStr

from components.secret_value import SecretValue
from portal.base.canonical import keyed_hash
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, raise_first
from portal.base.yaml_document import KeyPath
from portal.checks import check_plan, findings_of_a_drawing
from portal.checks.image import check_image
from portal.checks.notices import notices
from portal.contract import HASH_KEY
from portal.foundation import FoundationPlan, has_portal, make_foundation
from portal.plan import Plan, handed_plan, make_plan
from portal.probe.secrets_manager import read_secrets
from portal.stackfile.program import Program
from portal.stackfile.read import placeholder, read_stack_file
from portal.targets import Target


@dataclass(frozen=True)
class Deployment:
    """A plan, as the program uses it."""

    plan: Plan

    @property
    def target(self) -> Target:
        """Where the stack runs, and what that implies."""
        return self.plan.target

    @cached_property
    def secrets(self) -> Mapping[str, SecretValue]:
        """The values of the stack's secrets, each wrapped. Nothing else in the program has them in plain text."""
        given = self.plan.settings.secrets
        return {name: self._wrapped(name, secret) for name, secret in given.items() if name != HASH_KEY}

    def _wrapped(self, name: str, secret: SecretStr) -> SecretValue:
        """Wrap a secret. This is the only code that reads its value."""
        need = self.plan.needs.get(name)
        value, key = (one.get_secret_value() for one in (secret, self.plan.settings.secrets[HASH_KEY]))
        content = need.format.format(value=value) if need is not None else value
        return SecretValue(value=pulumi.Output.secret(content), fingerprint=keyed_hash(key, [name, content]))


Loaded = Deployment | FoundationPlan


@contextmanager
def errors_as_sentences() -> Generator[None]:
    """A context for the whole program, in which every expected error ends it with a sentence.

    Pulumi shows a traceback for every exception except ``RunError``.
    """
    try:
        yield
    except InputError as error:
        raise pulumi.RunError("\n".join(error.sentences)) from None
    except PortalError as error:
        raise pulumi.RunError(str(error)) from None
    except OSError as error:
        raise pulumi.RunError(f"{error.filename} cannot be read: {error.strerror}") from None


def load() -> Loaded:
    """The stack's plan, not yet checked: from the command that runs the program, or from the engine's configuration."""
    plan = handed_plan() or _plan_of_the_engine()
    return Deployment(plan) if isinstance(plan, Plan) else plan


def check(loaded: Loaded) -> Loaded:
    """Run the checks of ``portal check``, before any resource is registered.

    A preview may lack images or secrets, for example in a pull request. It shows placeholders and says so. A deployment
    needs both. What portals share has neither, and its settings were checked as they were read.
    """
    if isinstance(loaded, FoundationPlan):
        return loaded
    plan = loaded.plan
    if not pulumi.runtime.is_dry_run():
        check_plan(plan)
        raise_first(check_image(plan))
    elif not plan.checked:
        raise_first(findings_of_a_drawing(plan))
        for notice in notices(plan):
            pulumi.log.warn(notice)
        for need in plan.missing_secrets:
            pulumi.log.warn(f"{need.name} is missing. The preview shows a placeholder; a deployment fails.")
        plan = plan.with_stand_ins()
    return Deployment(_with_named_secrets(plan))


def _with_named_secrets(plan: Plan) -> Plan:
    """The same plan with the values of what it names in Secrets Manager.

    Only an engine asks AWS. A command that runs the program to look at it needs no credentials, and gets placeholders;
    so does an engine's preview for what it may not read.
    """
    named = plan.settings.secrets_manager
    if not named:
        return plan
    stand_ins = dict.fromkeys(named, placeholder(""))
    if handed_plan() is not None:
        return plan.with_secrets(stand_ins)
    found = read_secrets(plan)
    if not pulumi.runtime.is_dry_run():
        raise_first(found.findings)
    for fault in found.faults:
        pulumi.log.warn(f"{fault} The preview shows placeholders; a deployment fails.")
    return plan.with_secrets({**stand_ins, **found.values})


def _plan_of_the_engine() -> Plan | FoundationPlan:
    checkout, stack = Checkout(Path.cwd()), pulumi.get_stack()
    config, secret_keys = _configuration()
    places = _places(checkout, stack)
    if not has_portal(config):
        return make_foundation(stack, config, secret_keys, places)
    plan = make_plan(checkout, stack, config, secret_keys, places)
    _require_program(checkout, plan)
    return plan


def _require_program(checkout: Checkout, plan: Plan) -> None:
    """Refuse a stack that another commit's code deploys. Only `portal` can continue there."""
    if plan.settings.program is None:
        return
    program = Program(checkout, plan.settings.program, plan.where(("program",)))
    if not program.is_here:
        raise SituationError(
            f"the stack is deployed by the program of commit {program.commit[:12]}, and this checkout has other code",
            f"run `portal up --stack {plan.stack}`, which continues with that code",
            where=program.where,
        )


def _places(checkout: Checkout, stack: str) -> Callable[[KeyPath], str]:
    """The file and line of each key in the stack's committed file, or only its name if it cannot be read."""
    try:
        return read_stack_file(checkout, stack).where
    except InputError:
        return lambda _: f"stacks/Pulumi.{stack}.yaml"


def _configuration() -> tuple[dict[str, str], list[str]]:
    """Every key that the engine passed on, and which of them hold secrets. Pulumi has no public API to list keys."""
    config = {key: str(value) for key, value in CONFIG.get().items()}
    return config, [key for key in config if is_config_secret(key)]
