"""A secret of a stack that is in AWS Secrets Manager: how the stack's file names it. Its value is not here."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from portal.base.json_types import is_mapping
from portal.models.aws.scalars import NameInSecretsManager
from portal.models.base import Model


class NamedSecret(Model):
    """A secret of Secrets Manager, in the stack's account and region."""

    name: NameInSecretsManager
    """Its name there."""

    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """A key of the JSON object that it holds, as the console of AWS stores it. Default: all of its text."""

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{32,64}$")] | None = None
    """The id of a version of it. Default: the current one, so that each `portal up` deploys the newest value."""

    @property
    def identity(self) -> str:
        """What AWS is asked for. Several secrets of a stack may be keys of the same."""
        return f"{self.name} {self.version}"

    @property
    def shown(self) -> str:
        """How people read it."""
        of_it = [f"key {self.key}"] if self.key is not None else []
        of_it += [f"version {self.version}"] if self.version is not None else []
        return f"{self.name} ({', '.join(of_it)})" if of_it else self.name


def _by_name(given: object) -> object:
    """``acme/token`` for ``{name: acme/token}``."""
    return given if is_mapping(given) or isinstance(given, NamedSecret) else {"name": given}


SecretByName = Annotated[NamedSecret, BeforeValidator(_by_name)]
"""A secret of Secrets Manager: its name, or a mapping of what says it exactly."""
