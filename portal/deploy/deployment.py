"""The state of one running deployment: its input, and the results of its steps so far. Runs no step itself."""

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
    """The input is fixed: ``plan`` is derived but not checked yet, ``file`` is the committed stack file.

    ``terminal``: progress is shown on a terminal. ``attended``: somebody can answer a question.

    Results are stored by type, so that a new step needs no new field here. A step reads the results of earlier steps.
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
        """Store a result for later steps. Thread-safe, because steps may run at the same time."""
        self._results.append(result)

    def find(self, kind: type[T]) -> T | None:
        """The last result of a type. None if no step gave one."""
        return next((result for result in reversed(self._results) if isinstance(result, kind)), None)

    def get(self, kind: type[T]) -> T:
        """The last result of a type. If no earlier step gave one, the list of steps has a bug."""
        found = self.find(kind)
        if found is None:
            raise LookupError(f"no step before this one gives a {kind.__name__}: correct the order of the list")
        return found
