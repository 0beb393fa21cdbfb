"""Whether an instance of RDS that somebody else made is what a stack's file says of it. Changes nothing there.

Whether pods reach it, and whether its role may do what the portal needs, only a pod with the portal's own role could
tell, and that role does not exist before the first deployment.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.checks.database import finding_of
from portal.models.database.engine import Fault
from portal.plan import Plan
from portal.probe.aws_account import AwsAccount, NotFoundError
from portal.probe.rds_instance import described


def instance_findings(plan: Plan) -> list[InputError]:
    """What RDS says against the settings. Nothing for a database that the stack makes, or that is on no instance.

    PortalError if AWS cannot be asked.
    """
    return [finding_of(fault, plan) for fault in _faults(plan)]


def _faults(plan: Plan) -> Iterator[Fault]:
    settings, place = plan.settings.database, plan.settings.aws
    lookup = settings.rds_lookup(plan.stack)
    if place is None or lookup is None or not lookup.of_others:
        return
    region = lookup.region or place.region
    try:
        yield from settings.misfits(described(AwsAccount(place.account, region), lookup))
    except NotFoundError:
        yield Fault(
            "resourceId",
            str(lookup.resource_id),
            f"the resource id of an instance that is in {region}",
            "copy it from the instance's page, under Configuration, or correct the region",
        )
