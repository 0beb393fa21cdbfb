"""What a stack's file points to: the release that it deploys, and the code that deploys it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.base.yaml_document import Value
from portal.release.release import WORKSPACE
from portal.stackfile.edit import REMOVED, KeyPath, Removed
from portal.stackfile.program import KEY as PROGRAM
from portal.stackfile.read import StackFile

RELEASE = "portal:release"
# Who must have signed it.
SIGNED_BY = "portal:signedBy"


@dataclass(frozen=True)
class Pointer:
    """What a stack deploys: a release, and the commit of the program. None: the code of the checkout."""

    release: str
    program: str | None = None

    def __str__(self) -> str:
        """Both, for people."""
        return f"{self.release} and program {self.program[:12]}" if self.program else self.release

    def changes(self, file: StackFile) -> dict[KeyPath, Value | Removed]:
        """What has to change in a stack's file so that it has this pointer (``portal.stackfile.edit.edited``)."""
        program = self.program if self.program is not None else REMOVED
        return {file.path_of(RELEASE): self.release, file.path_of(PROGRAM): program}


def pointer_of(values: Mapping[str, Value]) -> Pointer:
    """The pointer in a stack file's ``values``. ``workspace`` is the checkout."""
    program = values.get(PROGRAM)
    return Pointer(str(values.get(RELEASE, WORKSPACE)), str(program) if program is not None else None)
