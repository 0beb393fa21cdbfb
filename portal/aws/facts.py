"""The data files of this package: where they are, and how they are read. Each is written by ``make_facts``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from portal.base.json_file import read_json_object

_FOLDER = Path(__file__).parent
ROOTS = _FOLDER / "rds_roots.json"
OFFERS = _FOLDER / "rds_offers.json"
CREATE_ONLY = _FOLDER / "create_only.json"


@cache
def facts(path: Path) -> dict[str, Any]:
    """The content of a data file. ``source`` says what it was made from, with version and date."""
    return read_json_object(path, f"portal/aws/{path.name}", "restore it from Git", ("source",))
