"""The one door through which configuration enters the program: read, checked, secrets wrapped; no tracebacks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from components.secret_value import SecretValue
from portal.base.canonical import keyed_hash
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, raise_first
from portal.checks import check_plan
from portal.checks.image import check_image
from portal.plan import Plan, make_plan
from portal.stack.secrets import HASH_KEY


@dataclass(frozen=True)
class Deployment:
    """A plan on its way into the program."""

    plan: Plan

    @cached_property
    def secrets(self) -> Mapping[str, SecretValue]:
        """The values of the stack's secrets: the only place that has them in the clear, and each leaves it wrapped."""
        given = self.plan.settings.secrets
        return {name: self._wrapped(name, value) for name, value in given.items() if name != HASH_KEY}

    def _wrapped(self, name: str, value: str) -> SecretValue:
        need = self.plan.needs.get(name)
        content = need.format.format(value=value) if need is not None else value
        key = self.plan.settings.secrets[HASH_KEY]
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
    """What this stack says, read but not yet checked."""
    stack = pulumi.get_stack()
    place = f"stacks/Pulumi.{stack}.yaml"
    return Deployment(make_plan(Checkout(Path.cwd()), stack, *_configuration(), lambda _: place))


def check(deployment: Deployment) -> None:
    """The checks of ``portal check``, before a resource is registered.

    A preview of an unbuilt checkout is useful; a deployment of one is not possible.
    """
    check_plan(deployment.plan)
    if not pulumi.runtime.is_dry_run():
        raise_first(check_image(deployment.plan))


def _configuration() -> tuple[dict[str, str], list[str]]:
    """Every key that the engine handed over, and which of them hold secrets. Pulumi has no public way to list keys."""
    config = {key: str(value) for key, value in CONFIG.get().items()}
    return config, [key for key in config if is_config_secret(key)]
