"""Show what runs, the health of plugins, and what is connected."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from portal.command.aws_lines import aws_lines
from portal.command.context import Context
from portal.command.json_answers import shown
from portal.command.options import Json, Stack
from portal.command.status_reading import StatusAnswer, VerifiedAnswer, WorkloadAnswer, read_status
from portal.command.verb import Verb
from portal.kubernetes.pods import age
from portal.plan import load_plan
from portal.stackfile.pointer import Pointer

verb = Verb(answers=(StatusAnswer,))


@verb.command()
def status(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """Show what runs, the release, the health of plugins, and what is connected. Takes six seconds at most.

    \b
    portal status
    portal status --stack dev --json | jq .answers
    """
    asked: Context = context.obj
    found = read_status(asked, load_plan(asked.checkout, stack))
    if as_json:
        asked.out.document(shown(found))
    else:
        _print(asked, found)


def _print(context: Context, found: StatusAnswer) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    says = (("answers", "green"),) if found.answers else (("does not answer", "red"), f" ({found.reason})")
    table.add_row("portal", Text.assemble(f"{found.title} at {found.url}: ", *says))
    table.add_row("release", _release(found))
    if found.verified is not None:
        table.add_row("verified", _verified(found.verified))
    table.add_row("cluster", _where(found))
    if found.engine:
        table.add_row("engine", found.engine)
    for workload in found.workloads:
        table.add_row(workload.name, _pods(found, workload))
    for title, line in aws_lines(found.aws) if found.aws is not None else ():
        table.add_row(title, line)
    for title, line in _plugin_lines(found):
        table.add_row(title, line)
    table.add_row("configured", ", ".join(found.connected) or "nothing yet")
    if found.not_connected:
        table.add_row("not connected", ", ".join(found.not_connected))
    if found.disabled:
        table.add_row("switched off", ", ".join(found.disabled))
    if found.answers:
        for index, link in enumerate(found.links[1:]):
            table.add_row("" if index else "links", f"{link.name:14}{link.url}")
    context.show(table)


def _release(found: StatusAnswer) -> Text:
    if found.image is None:
        return Text(f"{found.release}, not built yet")
    name = f"{found.release}, image {found.image.partition('@')[2][:19]}"
    if found.current is not False:
        return Text(name)
    return Text.assemble(f"{name}; ", ("another one runs", "yellow"), " until the next `portal up`")


def _verified(last: VerifiedAnswer) -> Text:
    text = f"{Pointer(last.release, last.program)}, {age(last.at)} ago"
    return Text(text) if last.current else Text.assemble(text, ("; not what the stack points to", "yellow"))


def _where(found: StatusAnswer) -> str:
    name = {"node": "the local node", "context": "by its context"}.get(found.cluster or "", found.cluster or "")
    if found.cluster_reason is None:
        return f"{name or 'by its context'}, runs"
    return f"{name}: {found.cluster_reason}" if name else found.cluster_reason


def _pods(found: StatusAnswer, workload: WorkloadAnswer) -> Text:
    style = "green" if workload.ready >= workload.wanted else "red"
    lines = [Text(f"{workload.ready} of {workload.wanted} ready", style)]
    for pod in found.pods:
        if pod.component != workload.name:
            continue
        since = f"since {age(pod.started)}" if pod.started else f"made {age(pod.created)} ago"
        again = f", restarts: {pod.restarts}" + (f" (last: {pod.last_end})" if pod.last_end else "")
        lines.append(Text(f"{pod.name}  {pod.state}, {since}{again if pod.restarts else ', no restarts'}"))
    return Text("\n").join(lines)


def _plugin_lines(found: StatusAnswer) -> list[tuple[str, Text]]:
    backends = [backend for plugin in found.plugins for backend in plugin.backends]
    if not backends:
        why = "the load balancer signs people in first" if found.answers else "the portal does not answer"
        return [("plugins", Text(f"not asked, as {why}"))]
    well = [backend.id for backend in backends if backend.healthy]
    count = (f"{len(well)} of {len(backends)} answer", "green" if len(well) == len(backends) else "yellow")
    lines = [Text.assemble(count, f": {', '.join(well)}")]
    lines += [Text.assemble((one.id, "red"), f" {one.detail}") for one in backends if not one.healthy]
    pages = [plugin.id for plugin in found.plugins if plugin.state == "page only"]
    if pages:
        lines.append(Text(f"pages only: {', '.join(pages)}"))
    return [("" if index else "plugins", line) for index, line in enumerate(lines)]
