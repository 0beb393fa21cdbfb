"""Show the logs of the portal's pods."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.text import Text

from portal.base.echo import escaped
from portal.base.errors import InputError, PortalError, did_you_mean, quoted
from portal.command.context import Context
from portal.command.options import Stack
from portal.command.running_stack import kubectl_of
from portal.command.verb import Verb
from portal.kubernetes.log_lines import STYLES, LogLine, local_time
from portal.kubernetes.log_streams import LogSource, follow, read_once
from portal.kubernetes.pods import Pod, read_pods
from portal.plan import Plan, load_plan

_SINCE = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


@dataclass(frozen=True)
class LogOptions:
    """The options of the command line. ``tail`` 0 means all lines."""

    stack: str
    follow: bool = False
    since: str | None = None
    tail: int = 200
    previous: bool = False
    database: bool = False
    plugin: str | None = None
    as_json: bool = False


verb = Verb()


@verb.command()
def logs(  # noqa: PLR0913, PLR0917 - a parameter is an option
    context: typer.Context,
    stack: Stack = "local",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow the log until Ctrl-C.")] = False,
    since: Annotated[str | None, typer.Option("--since", help="Only lines newer than this: 45s, 10m, 1h30m.")] = None,
    tail: Annotated[int, typer.Option("--tail", "-n", min=0, help="Number of last lines; 0 shows all.")] = 200,
    previous: Annotated[
        bool, typer.Option("--previous", help="Logs of the containers before their last restart.")
    ] = False,
    database: Annotated[bool, typer.Option("--database", help="Show the database's log instead.")] = False,
    plugin: Annotated[str | None, typer.Option("--plugin", help="Only lines about this plugin.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print lines as the pods wrote them.")] = False,
) -> None:
    """Show the logs of all portal pods together. Successful health probes are left out.

    \b
    portal logs --follow
    portal logs --since 10m --plugin catalog
    portal logs --previous    # why did it start again?
    portal logs --json --tail 0 | jq -R 'fromjson? | select(.level=="error")'
    """
    _run(context.obj, LogOptions(stack, follow, since, tail, previous, database, plugin, as_json))


def _run(context: Context, options: LogOptions) -> None:
    """Print the logs of the portal's pods, or of its database's. Ctrl-C ends following."""
    _require_since(options.since)
    plan = load_plan(context.checkout, options.stack)
    wanted = _wanted(plan, options.plugin)
    kubectl, namespace = kubectl_of(context, plan), plan.settings.namespace.name
    component = "database" if options.database else "backstage"

    def pods() -> list[Pod]:
        return [pod for pod in read_pods(kubectl.api, namespace, plan.stack).pods if pod.component == component]

    found = pods()
    _require_pods(found, component, plan, previous=options.previous)
    source = LogSource(kubectl, namespace, _kubectl_options(options))
    show = _Printer(context, options, wanted, several=len(found) > 1)
    if not options.follow:
        show.all(read_once(source, [pod for pod in found if pod.restarts or not options.previous]))
        return
    lines = follow(source, pods, None if options.since or not options.tail else options.tail)
    try:
        for line in lines:
            show.one(line)
    except KeyboardInterrupt:
        return
    finally:
        lines.close()


class _Printer:
    def __init__(self, context: Context, options: LogOptions, wanted: Collection[str], *, several: bool) -> None:
        self._out, self._options, self._wanted, self._several = context.out, options, wanted, several

    def all(self, lines: Iterable[LogLine]) -> None:
        """The last lines, without those that are left out."""
        kept = deque((line for line in lines if self._shown(line)), maxlen=self._options.tail or None)
        for line in kept:
            self._print(line)

    def one(self, line: LogLine) -> None:
        """Print one line, unless it is left out."""
        if self._shown(line):
            self._print(line)

    def _shown(self, line: LogLine) -> bool:
        if self._wanted and not line.concerns(self._wanted):
            return False
        return self._options.as_json or not line.is_probe

    def _print(self, line: LogLine) -> None:
        if self._options.as_json:
            self._out.document(escaped(line.raw))
            return
        style = STYLES.get(line.level, "")
        pod = (f"{line.pod.rpartition('-')[2]} ", "cyan") if self._several else ""
        head = Text.assemble(
            (f"{local_time(line.time)} ", "dim"), pod, (f"{line.level:5} ", style), (f"{line.source:13} ", "bold")
        )
        message = line.message.replace("\n", "\n    ")
        self._out.print(Text.assemble(head, (message, style if line.level != "info" else "")))


def _wanted(plan: Plan, name: str | None) -> tuple[str, ...]:
    """The backend ids of a plugin, which is named by its own id or by one of these."""
    if name is None:
        return ()
    plugins = plan.plugins
    if name in plugins and plugins[name].record.databases:
        return plugins[name].record.databases
    ids = {backend for plugin in plugins.values() for backend in plugin.record.databases}
    if name in ids:
        return (name,)
    raise InputError(
        where="--plugin",
        key="",
        got=f'"{name}"',
        allowed="a plugin with a backend of its own",
        fix=did_you_mean(name, ids),
    )


def _require_pods(pods: Collection[Pod], component: str, plan: Plan, *, previous: bool) -> None:
    place = f"namespace {plan.settings.namespace.name}"
    if not pods:
        raise PortalError(
            f"The stack {plan.stack} has no pod of {component} in {place}. `portal status` shows what runs."
        )
    if previous and not any(pod.restarts for pod in pods):
        raise PortalError(f"No container of {component} in {place} has restarted, so there is no previous log.")


def _kubectl_options(options: LogOptions) -> tuple[str, ...]:
    since = (f"--since={options.since}",) if options.since else ()
    return (*since, "--previous") if options.previous else since


def _require_since(since: str | None) -> None:
    if since is not None and not (since and _SINCE.fullmatch(since)):
        raise InputError(
            where="--since",
            key="",
            got=quoted(since),
            allowed="a duration in hours, minutes and seconds (1h30m, 10m, 45s)",
            fix="correct it",
        )
