"""Commands of a team's own, at named places of a deployment."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from portal.base.json_types import is_list
from portal.models.base import Model, refusal

# A program gets its words without the character that ends them in C.
Word = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


def _no_line(given: object) -> object:
    """A line of text would need a shell, and a shell would read more into it than its author did."""
    if is_list(given):
        return given
    raise refusal("a command as a list of its words ([./announce.sh, staging])", "write each word as an item of a list")


Command = Annotated[tuple[Word, ...], BeforeValidator(_no_line), Field(min_length=1)]
Commands = tuple[Command, ...]


def _place(field: str) -> str:
    return field.replace("_", "-")


class Hooks(Model):
    """Your own commands, which `portal up` and `portal down` run at named places, with the rights of whoever runs them.

    Each place takes a list of commands, and each command is a list of its words: no shell reads it.
    """

    model_config = ConfigDict(alias_generator=_place)

    before_build: Commands = ()
    """Before the image is built. Not for team stacks: `portal up` builds nothing for them."""

    after_build: Commands = ()
    """Once the image is built, or was found to be up to date."""

    before_deploy: Commands = ()
    """After all checks, right before anything is applied."""

    after_deploy: Commands = ()
    """Once everything that was applied is ready, before the portal is tested at its address."""

    after_smoke_test: Commands = ()
    """Once the portal answers at its address: the end of `portal up`."""

    before_down: Commands = ()
    """Before `portal down` stops or deletes anything."""

    after_down: Commands = ()
    """Once `portal down` has stopped or deleted it."""

    def commands(self, place: str) -> Commands:
        """The commands of a place such as `before-build`; none for a place that is not offered."""
        return next((getattr(self, name) for name in type(self).model_fields if _place(name) == place), ())

    @property
    def places(self) -> tuple[str, ...]:
        """The places that have commands."""
        return tuple(place for place in self.offered() if self.commands(place))

    @classmethod
    def offered(cls) -> tuple[str, ...]:
        """All places that a stack's file may name."""
        return tuple(_place(name) for name in cls.model_fields)
