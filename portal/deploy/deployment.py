"""One deployment under way: what it is asked to do, and what its steps have found and made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from portal.base.checkout import Checkout
from portal.base.progress import Progress
from portal.deploy.options import UpOptions
from portal.plan import Plan
from portal.stackfile.read import StackFile

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The facts stand from the beginning: ``plan`` is derived and not checked yet, ``file`` is the committed one.

    ``terminal``: progress is seen on a terminal. ``attended``: somebody is there to answer a question.

    Results are kept by their type, so that a new step's result needs no place here. A step takes what the steps before
    it gave.
    """

    checkout: Checkout
    plan: Plan
    file: StackFile
    options: UpOptions
    progress: Progress
    terminal: bool = False
    attended: bool = False
    _results: list[object] = field(default_factory=list[object], repr=False)

    def give(self, result: object) -> None:
        """Keep a result for the steps that follow. Steps that run side by side may give at any moment."""
        self._results.append(result)

    def find(self, kind: type[T]) -> T | None:
        """The last result of a type; None where no step gave one."""
        return next((result for result in reversed(self._results) if isinstance(result, kind)), None)

    def get(self, kind: type[T]) -> T:
        """The same; a list of steps in which nothing before gives it is a mistake of the program."""
        found = self.find(kind)
        if found is None:
            raise LookupError(f"no step before this one gives a {kind.__name__}: correct the order of the list")
        return found
