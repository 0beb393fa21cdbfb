"""Ask AWS what `portal status` says of a stack there: its database, its targets, and its certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from portal.base.address import read_address
from portal.base.errors import PortalError
from portal.base.moment import moment_text
from portal.command.aws_answers import (
    AwsAnswer,
    CertificateAnswer,
    InstanceAnswer,
    MaintenanceAnswer,
    TargetAnswer,
    TargetsAnswer,
)
from portal.plan import Plan
from portal.probe.aws_account import AwsAccount
from portal.probe.load_balancer import Certificate, Targets, read_certificate, read_targets
from portal.probe.rds_instance import Instance, read_instance

QUESTIONS = ("instance", "targets", "certificate")

AwsLook = Callable[[], Instance | Targets | Certificate]


def aws_looks(plan: Plan) -> dict[str, AwsLook]:
    """The questions; none for a stack that is not on AWS."""
    place, balancer = plan.settings.aws, plan.settings.load_balancer
    if not plan.target.on_aws or place is None:
        return {}
    account = AwsAccount(place.account, place.region)
    given = balancer.certificate if balancer is not None else None
    host = read_address(plan.settings.url).host
    looks: dict[str, AwsLook] = {
        "targets": partial(read_targets, account, plan.stack),
        "certificate": partial(read_certificate, account, host, given),
    }
    lookup = plan.settings.database.rds_lookup(plan.stack)
    if lookup is not None:
        elsewhere = lookup.region not in {None, place.region}
        there = AwsAccount(place.account, str(lookup.region)) if elsewhere else account
        looks["instance"] = partial(read_instance, there, lookup)
    return looks


def aws_answer(plan: Plan, found: Mapping[str, object]) -> AwsAnswer | None:
    """The answer, from what the questions found; None for a stack that is not on AWS."""
    place = plan.settings.aws
    if "targets" not in found or place is None:
        return None
    instance, targets, certificate = found.get("instance"), found["targets"], found["certificate"]
    reasons = {name: str(found[name]) for name in QUESTIONS if isinstance(found.get(name), PortalError)}
    if len(reasons) == len(found.keys() & {*QUESTIONS}) and len(set(reasons.values())) == 1:
        return AwsAnswer(account=place.account, region=place.region, reason=reasons["targets"])
    return AwsAnswer(
        account=place.account,
        region=place.region,
        instance=_instance(instance) if isinstance(instance, Instance) else None,
        instance_reason=reasons.get("instance"),
        targets=_targets(targets) if isinstance(targets, Targets) else None,
        targets_reason=reasons.get("targets"),
        certificate=_certificate(certificate) if isinstance(certificate, Certificate) else None,
        certificate_reason=reasons.get("certificate"),
    )


def _instance(found: Instance) -> InstanceAnswer:
    return InstanceAnswer(
        name=found.name,
        own=found.own,
        status=found.status,
        broken=found.broken,
        instance_class=found.instance_class,
        version=found.version,
        multi_az=found.multi_az,
        storage_bytes=found.storage_bytes,
        most_storage_bytes=found.most_storage_bytes,
        restorable_until=_moment(found.restorable),
        window=found.window,
        pending=found.pending,
        maintenance=tuple(
            MaintenanceAnswer(action=one.action, description=one.description, at=_moment(one.at))
            for one in found.maintenance
        ),
        maintenance_reason=found.maintenance_reason,
    )


def _targets(found: Targets) -> TargetsAnswer:
    each = (TargetAnswer(address=one.address, zone=one.zone, state=one.state, reason=one.reason) for one in found.each)
    return TargetsAnswer(healthy=found.healthy, unhealthy=found.unhealthy, initial=found.initial, each=tuple(each))


def _certificate(found: Certificate) -> CertificateAnswer:
    return CertificateAnswer(
        arn=found.arn,
        host=found.host,
        status=found.status,
        ends=_moment(found.ends),
        days_left=(found.ends - datetime.now(UTC)).days if found.ends is not None else None,
        renews=found.renews,
        renewal=found.renewal,
        proof=found.proof,
        reason=found.reason,
    )


def _moment(at: datetime | None) -> str | None:
    return moment_text(at) if at is not None else None
