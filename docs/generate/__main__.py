"""Write every generated file: ``python -m docs.generate``."""

from __future__ import annotations

from pathlib import Path

from docs.generate.packages import packages
from docs.generate.pages import pages
from docs.generate.schemas import schemas

REFERENCE = Path(__file__).parent.parent / "reference"


def generated() -> dict[str, str]:
    """The content of every file of ``docs/reference`` by its name."""
    return {**schemas(), **pages(), "packages.md": packages()}


def main() -> None:
    """Write them; what is not generated any more is removed."""
    REFERENCE.mkdir(exist_ok=True)
    files = generated()
    for path in REFERENCE.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (REFERENCE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
