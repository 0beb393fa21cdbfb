"""Files that lie beside a bundle, in its folder: its SBOM and its signature, whose names have a hash.

A bundle's id does not depend on them, so a release that was made before there were any can still get them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.input_file import read_input

MEND = "restore it from its commit"
# Also the most that GitHub attests (https://github.com/actions/attest, `sbom-path`).
LIMIT = 16 * 2**20
_HASH_LENGTH = 12


@dataclass(frozen=True)
class Kind:
    """One kind of file: how its name begins and ends, and what people call it."""

    title: str
    begin: str
    end: str

    def name(self, content: bytes) -> str:
        """The name of the file for some content."""
        return f"{self.begin}{sha256(content)[:_HASH_LENGTH]}{self.end}"


SBOM = Kind("an SBOM", "sbom-", ".cdx.json")
SIGNATURE = Kind("a signature", "signature-", ".dsse.json")


def sha256(content: bytes) -> str:
    """SHA-256 in hex digits."""
    return hashlib.sha256(content).hexdigest()


def files_beside(folder: Path, kind: Kind) -> list[Path]:
    """All files of a kind beside a bundle, sorted."""
    pattern = re.compile(rf"{re.escape(kind.begin)}[0-9a-f]{{{_HASH_LENGTH}}}{re.escape(kind.end)}")
    return sorted(path for path in folder.glob(f"{kind.begin}*{kind.end}") if pattern.fullmatch(path.name))


def read_beside(checkout: Checkout, path: Path, limit: int = LIMIT) -> bytes:
    """The content of a file of a bundle. SituationError for a link, a folder, or a file that is too long or missing.

    A link could lead to a file that is not in the repository, and whose content changes later.
    """
    name = checkout.relative(path)
    if path.is_symlink() or path.parent.is_symlink():
        raise SituationError("it is a link, and a release has only files", MEND, where=name)
    return read_input(path, name, limit, MEND)
