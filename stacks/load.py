"""The one door through which configuration enters the program: read, checked, secrets wrapped; no tracebacks."""

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
from portal.base.errors import InputError, PortalError, raise_first
from portal.base.yaml_document import KeyPath
from portal.checks import check_plan, findings_of_a_drawing
from portal.checks.image import check_image
from portal.contract import HASH_KEY
from portal.plan import Plan, handed_plan, make_plan
from portal.stackfile.read import read_stack_file


@dataclass(frozen=True)
class Deployment:
    """A plan on its way into the program."""

    plan: Plan

    @cached_property
    def secrets(self) -> Mapping[str, SecretValue]:
        """The values of the stack's secrets: the only place that has them in the clear, and each leaves it wrapped."""
        given = self.plan.settings.secrets
        return {name: self._wrapped(name, secret) for name, secret in given.items() if name != HASH_KEY}

    def _wrapped(self, name: str, secret: SecretStr) -> SecretValue:
        """The one place that opens a secret."""
        need = self.plan.needs.get(name)
        value, key = (one.get_secret_value() for one in (secret, self.plan.settings.secrets[HASH_KEY]))
        content = need.format.format(value=value) if need is not None else value
        return SecretValue(value=pulumi.Output.secret(content), fingerprint=keyed_hash(key, [name, content]))


@contextmanager
def errors_as_sentences() -> Generator[None]:
    """The whole program runs in here: an error of input ends it with a sentence, wherever it is found.

    Pulumi shows a traceback for every other exception than ``RunError``.
    """
    try:
        yield
    except InputError as error:
        raise pulumi.RunError("\n".join(error.sentences)) from None
    except PortalError as error:
        raise pulumi.RunError(str(error)) from None
    except OSError as error:
        raise pulumi.RunError(f"{error.filename} cannot be read: {error.strerror}") from None


def load() -> Deployment:
    """What this stack says, read but not yet checked: the plan that a command made, else the engine's configuration."""
    plan = handed_plan() or _plan_of_the_engine()
    return Deployment(plan)


def check(deployment: Deployment) -> Deployment:
    """The checks of ``portal check``, before a resource is registered.

    A preview of an unbuilt checkout is useful, and so is one of a stack whose secrets nobody has given yet (a pull
    request's): it shows stand-ins, and says so. A deployment of either is not possible.
    """
    plan = deployment.plan
    if not pulumi.runtime.is_dry_run():
        check_plan(plan)
        raise_first(check_image(plan))
        return deployment
    if plan.checked:
        return deployment
    raise_first(findings_of_a_drawing(plan))
    for need in plan.missing_secrets:
        pulumi.log.warn(f"{need.name} is missing: this preview has a stand-in for it, and a deployment is refused")
    return Deployment(plan.with_stand_ins())


def _plan_of_the_engine() -> Plan:
    checkout, stack = Checkout(Path.cwd()), pulumi.get_stack()
    return make_plan(checkout, stack, *_configuration(), _places(checkout, stack))


def _places(checkout: Checkout, stack: str) -> Callable[[KeyPath], str]:
    """The lines of the stack's committed file; its name where the engine was given another one that cannot be read."""
    try:
        return read_stack_file(checkout, stack).where
    except InputError:
        return lambda _: f"stacks/Pulumi.{stack}.yaml"


def _configuration() -> tuple[dict[str, str], list[str]]:
    """Every key that the engine handed over, and which of them hold secrets. Pulumi has no public way to list keys."""
    config = {key: str(value) for key, value in CONFIG.get().items()}
    return config, [key for key in config if is_config_secret(key)]
