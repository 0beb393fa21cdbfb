"""Commands in sentences, so that they can be copied from where the reader is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def copyable(text: str) -> str:
    """A text with its `portal ...` as the shell finds it: by the path of this environment's, if it is not on PATH."""
    return text if shutil.which("portal") is not None else text.replace("`portal ", f"`{_path()} ")


def _path() -> str:
    own = Path(sys.prefix) / "bin" / "portal"
    relative = os.path.relpath(own)
    return str(own) if relative.startswith("..") else relative
