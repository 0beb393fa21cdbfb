"""What AWS says of a stack, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from portal.command.aws_answers import AwsAnswer, CertificateAnswer, InstanceAnswer, TargetsAnswer
from portal.kubernetes.pods import age

GIB = 2**30
# AWS renews 60 days before the end, and the alarm of a portal comes 30 days before it.
SOON_DAYS = 30

Line = tuple[str, Text]


def aws_lines(found: AwsAnswer) -> Iterator[Line]:
    """Titles and texts. A line that continues the one above has no title."""
    if found.reason is not None:
        yield "aws", Text(f"not known: {found.reason}", "yellow")
        return
    yield from _part("database", found.instance_reason, _instance(found.instance) if found.instance else ())
    yield from _part("targets", found.targets_reason, _targets(found.targets) if found.targets else ())
    yield from _part(
        "certificate", found.certificate_reason, [_certificate(found.certificate)] if found.certificate else ()
    )


def _part(title: str, reason: str | None, lines: Iterator[Text] | list[Text] | tuple[()]) -> Iterator[Line]:
    told = [Text(f"not known: {reason}", "yellow")] if reason is not None else lines
    for index, line in enumerate(told):
        yield "" if index else title, line


def _instance(one: InstanceAnswer) -> Iterator[Text]:
    style = "red" if one.broken else "green" if one.status == "available" else "yellow"
    zones = "in two zones" if one.multi_az else "in one zone"
    others = "" if one.own else ", which somebody else made"
    yield Text.assemble(
        f"{one.name}{others}: ",
        (one.status, style),
        f" ({one.broken})" if one.broken else "",
        f", PostgreSQL {one.version}, {one.instance_class}, {zones}",
    )
    more = f", grows to {one.most_storage_bytes // GIB} GiB" if one.most_storage_bytes else ""
    back = f"can be restored to {age(one.restorable_until)} ago" if one.restorable_until else "cannot be restored yet"
    yield Text(f"{one.storage_bytes // GIB} GiB{more}; {back}")
    if one.pending:
        yield Text.assemble(("pending", "yellow"), f": {', '.join(one.pending)}; its window is {one.window} UTC")
    for work in one.maintenance:
        when = f"at {work.at}" if work.at else "when somebody chooses a time"
        yield Text.assemble(("maintenance", "yellow"), f" {when}: {work.action} {work.description}".rstrip())
    if one.maintenance_reason:
        yield Text.assemble(("maintenance", "yellow"), f" not known: {one.maintenance_reason}")


def _targets(found: TargetsAnswer) -> Iterator[Text]:
    counted = found.healthy + found.unhealthy + found.initial
    style = "green" if counted and found.healthy == counted else "red" if not found.healthy else "yellow"
    yield Text(f"{found.healthy} of {counted} healthy" if counted else "no pod is registered", style)
    for one in found.each:
        if one.state != "healthy":
            zone = f" in {one.zone}" if one.zone else ""
            yield Text(f"{one.address}{zone}  {one.state}{f': {one.reason}' if one.reason else ''}")


def _certificate(one: CertificateAnswer) -> Text:
    if one.ends is None or one.days_left is None:
        waits = f", until AWS finds the record {one.proof}" if one.proof else ""
        return Text.assemble(f"{one.host}: ", (one.status, "red"), waits or _because(one))
    if one.days_left < 0 or one.status != "ISSUED":
        ended = "ended" if one.days_left < 0 else f"{one.status}, ends"
        return Text.assemble(f"{one.host}: ", (f"{ended} {one.ends[:10]}", "red"), _because(one))
    days = "1 day" if one.days_left == 1 else f"{one.days_left} days"
    style = "yellow" if one.days_left <= SOON_DAYS else "green"
    return Text.assemble(f"{one.host}: ", (f"ends {one.ends[:10]}, in {days}", style), _renewal(one))


def _renewal(one: CertificateAnswer) -> str:
    if one.renewal in {"FAILED", "PENDING_VALIDATION"}:
        record = f", until AWS finds the record {one.proof}" if one.proof else ""
        return f"; its renewal is {one.renewal}{record or _because(one)}"
    return "; AWS renews it" if one.renews else "; AWS does not renew it"


def _because(one: CertificateAnswer) -> str:
    return f" ({one.reason})" if one.reason else ""
