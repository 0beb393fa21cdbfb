"""What a check is: one module with one function, which finds everything that breaks one rule."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from portal.base.errors import InputError
from portal.plan import Plan


@dataclass(frozen=True)
class Check:
    """A function from a plan to the errors that it finds. Its name and its words are those of its module."""

    find: Callable[[Plan], Iterable[InputError]]

    @property
    def id(self) -> str:
        """The check's name in answers and in the documentation: ``owned-keys``."""
        return self.find.__module__.rpartition(".")[2].replace("_", "-")

    @property
    def holds(self) -> str:
        """What is so in a stack that the check accepts."""
        return inspect.cleandoc(sys.modules[self.find.__module__].__doc__ or "")

    @property
    def reason(self) -> str:
        """What it refuses, and why."""
        return inspect.cleandoc(self.find.__doc__ or "")

    def __call__(self, plan: Plan) -> Iterator[InputError]:
        """The errors in a plan, each with the check's id."""
        for error in self.find(plan):
            error.check = self.id
            yield error
