"""How ``portal release`` shows releases on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from portal.command.release_answers import ReleaseAnswer
from portal.release.difference_lines import megabytes


def releases_table(answers: Iterable[ReleaseAnswer]) -> Table:
    """A line for each release."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("release", "Backstage", "made from", "plugins", "image", "stacks"):
        table.add_column(title)
    for one in answers:
        table.add_row(
            one.id,
            one.backstage,
            one.source[:12],
            str(len(one.plugins)),
            megabytes(one.image_bytes),
            ", ".join(one.stacks),
        )
    return table


def release_table(answer: ReleaseAnswer) -> Table:
    """All of one release."""
    rows = [
        ("release", f"{answer.id} (format {answer.format})"),
        ("Backstage", answer.backstage),
        ("made from", answer.source or "this checkout"),
        ("program", answer.program or "this checkout"),
        ("stacks", ", ".join(answer.stacks) or "none points to it"),
        ("image", f"{answer.image} {megabytes(answer.image_bytes)}".rstrip()),
        *(("platform", f"{platform} {digest}") for platform, digest in answer.platforms.items()),
        ("database image", answer.database_image),
        ("plugins", ", ".join(answer.plugins)),
        ("sign-in", ", ".join(answer.sign_in)),
        ("sources", ", ".join(answer.sources) or "none"),
        ("npm packages", _known(answer.packages)),
        ("migrations", _known(answer.migrations)),
        ("hash of the lock", answer.lock or "not recorded"),
        ("hash of content/", answer.content or "not recorded"),
        *_supply_chain(answer),
    ]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for key, value in rows:
        table.add_row(key, Text(value))
    return table


def _supply_chain(answer: ReleaseAnswer) -> list[tuple[str, str]]:
    """The SBOM and the signatures of a release. A checkout has neither."""
    if answer.signed_by is None:
        return []
    keys = ", ".join(key[:12] for key in answer.signed_by)
    signed = ("signed by", f"{keys} (not verified here: portal release verify {answer.id})" if keys else "nobody")
    if answer.sbom is None:
        return [("SBOM", "none"), signed]
    licenses = ", ".join(f"{name} {count}" for name, count in answer.sbom.licenses.items())
    return [("SBOM", f"{answer.sbom.file} ({answer.sbom.components} components)"), ("licenses", licenses), signed]


def _known(count: int | None) -> str:
    return "not recorded" if count is None else str(count)
