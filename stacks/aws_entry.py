"""What is in front of a portal on AWS, and what watches it."""

from __future__ import annotations

from functools import partial

import pulumi

from components.entry.load_balancer import PortalLoadBalancer
from components.entry.load_balancer_args import AccessLog, Address, FirewallLog, LoadBalancerArgs, OidcSignIn, VpcPlace
from components.entry.pod_targets import PodTargets, PodTargetsArgs
from components.monitoring.alarms import Alarms, AlarmsArgs
from components.monitoring.dashboard import PortalDashboard, PortalDashboardArgs
from components.monitoring.watched import WatchedLoadBalancer
from portal.aws.names import load_balancer_logs
from portal.base.address import read_address
from portal.contract import LOAD_BALANCER_ARN, LOAD_BALANCER_SECRET
from portal.models.aws.load_balancer import LoadBalancer, LoadBalancerSignIn
from stacks.built_database import BuiltDatabase
from stacks.parts import Entry
from stacks.place import InAws, InNamespace


def build_entry(place: InNamespace, database: BuiltDatabase) -> Entry:
    """Build the load balancer, its name and its certificate, and the alarms if the stack wants some."""
    chosen, in_aws = place.deployment.plan.settings.load_balancer, place.aws
    if chosen is None or in_aws is None:
        raise pulumi.RunError("portal:aws and portal:loadBalancer are needed for target: aws. Write both.")
    name = in_aws.named("address")
    balancer = PortalLoadBalancer(name, _args(place, in_aws, chosen), in_aws.opts)
    _watch(place, in_aws, balancer, database)
    # Only pods that check who signed somebody in wait for it.
    known = {LOAD_BALANCER_ARN: balancer.arn} if chosen.sign_in is not None else {}
    # Where DNS is elsewhere, a person points the portal's host there.
    exports = {"loadBalancer": balancer.dns_name}
    return Entry(lead_to=partial(_lead_to, name, place, balancer), environment=known, exports=exports)


def _lead_to(name: str, place: InNamespace, balancer: PortalLoadBalancer, service: pulumi.Output[str]) -> None:
    args = PodTargetsArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        service=service,
        target_group=balancer.target_group,
        # AWS registers pods only in a group that a listener uses.
        after=[balancer.listener],
    )
    PodTargets(name, args, place.opts)


def _args(place: InNamespace, in_aws: InAws, chosen: LoadBalancer) -> LoadBalancerArgs:
    aws, plan = in_aws.chosen, place.deployment.plan
    subnets = aws.subnets.of_load_balancer(internal=chosen.internal)
    return LoadBalancerArgs(
        label=in_aws.label,
        address=Address(
            host=read_address(plan.settings.url).host,
            zone=chosen.zone.id if chosen.zone is not None else None,
            certificate=chosen.certificate,
        ),
        place=VpcPlace(
            vpc=aws.vpc.id,
            subnets=[one.id for one in subnets],
            cluster_security_group=aws.cluster.security_group,
            internal=chosen.internal,
            senders=chosen.sender,
        ),
        access_log=AccessLog(bucket=aws.logs_bucket, prefix=load_balancer_logs(plan.stack))
        if aws.logs_bucket is not None
        else None,
        firewall=FirewallLog(label=in_aws.label, key=in_aws.key, days=aws.log_days) if chosen.firewall else None,
        sign_in=_sign_in(place, chosen.sign_in) if chosen.sign_in is not None else None,
        protect=in_aws.keep,
    )


def _sign_in(place: InNamespace, chosen: LoadBalancerSignIn) -> OidcSignIn:
    return OidcSignIn(
        issuer=chosen.issuer,
        authorization_endpoint=chosen.authorization_endpoint,
        token_endpoint=chosen.token_endpoint,
        user_info_endpoint=chosen.user_info_endpoint,
        client_id=chosen.client_id,
        client_secret=place.deployment.secrets[LOAD_BALANCER_SECRET],
    )


def _watch(place: InNamespace, in_aws: InAws, balancer: PortalLoadBalancer, database: BuiltDatabase) -> None:
    wanted = place.deployment.plan.settings.alarms
    if wanted is None:
        return
    watched = WatchedLoadBalancer(
        suffix=balancer.arn_suffix, targets_suffix=balancer.target_group_suffix, certificate=balancer.certificate
    )
    Alarms(
        in_aws.named("alarms"),
        AlarmsArgs(
            account=in_aws.chosen.account,
            topic=wanted.topic,
            emails=wanted.emails,
            key=in_aws.key,
            load_balancer=watched,
            database=database.watched,
        ),
        in_aws.opts,
    )
    PortalDashboard(
        in_aws.named("dashboard"),
        PortalDashboardArgs(
            label=in_aws.label, region=in_aws.chosen.region, load_balancer=watched, database=database.watched
        ),
        in_aws.opts,
    )
