"""How ``portal graph --critical-path`` shows chains to people: two tables, and below them where the times are from."""

from __future__ import annotations

from rich.table import Table

from portal.base.content_name import without_hash
from portal.command.context import Context
from portal.graph.critical_path import Chain, CriticalPath, Step


def show_critical_path(context: Context, stack: str, found: CriticalPath) -> None:
    """Print the chains of a stack on standard output."""
    longest, independent = found.longest, found.independent
    sources = _numbered([*longest.steps, *independent.steps])
    if not longest.steps:
        context.out.print(f"Nothing in {stack} takes time.")
        return
    context.wrap(
        f"The longest chain of creation in {stack} takes {duration(longest.seconds)}. No time was measured in your"
        " account or cluster."
    )
    context.out.print()
    context.show(_table(longest, sources))
    context.out.print()
    if independent.steps:
        context.wrap(
            f"The longest chain that waits for nothing on it takes {duration(independent.seconds)}, so a shorter first"
            f" chain can save at most {duration(longest.seconds - independent.seconds)}."
        )
        context.out.print()
        context.show(_table(independent, sources))
    else:
        context.wrap("Everything else that takes time waits for something on it.")
    context.out.print()
    for source, number in sources.items():
        context.out.print(f"[{number}] {source}")


def duration(seconds: int) -> str:
    """Whole seconds as people write them: ``5 s``, ``20 min 05 s``."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"


def _numbered(steps: list[Step]) -> dict[str, int]:
    """Each source with its number, in the order of the tables."""
    return {source: number for number, source in enumerate(dict.fromkeys(step.time.source for step in steps), 1)}


def _table(chain: Chain, sources: dict[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("step", "resource", "type", "takes", "begins after", "source"):
        table.add_column(title, justify="right" if title in {"step", "takes", "begins after"} else "left")
    for number, step in enumerate(chain.steps, 1):
        table.add_row(
            str(number),
            without_hash(step.resource.name),
            _short(step.resource.type),
            duration(step.time.seconds),
            duration(step.begins),
            f"{step.time.basis} [{sources[step.time.source]}]",
        )
    return table


def _short(resource_type: str) -> str:
    """A type as Pulumi's CLI shows it: ``aws:rds:Instance`` instead of ``aws:rds/instance:Instance``."""
    package, module, name = resource_type.split(":", 2)
    parent, _, last = module.rpartition("/")
    return f"{package}:{parent}:{name}" if last.lower() == name.lower() else resource_type
