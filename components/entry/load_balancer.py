"""An application load balancer in front of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws.lb import Listener, LoadBalancer, TargetGroup
from pulumi_aws.route53 import Record
from pulumi_aws.vpc import SecurityGroupEgressRule, SecurityGroupIngressRule

from components.entry.certificate import ValidatedCertificate, ValidatedCertificateArgs
from components.entry.load_balancer_args import Address, LoadBalancerArgs, OidcSignIn
from components.network.security_group import SecurityGroup
from portal.contract import DEREGISTER_SECONDS, IDLE_SECONDS, PORT, READINESS_PATH

if TYPE_CHECKING:
    from pulumi_aws.lb import ListenerDefaultActionArgsDict, LoadBalancerAccessLogsArgsDict

# TLS 1.3 and 1.2, with forward secrecy and authenticated encryption only
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
HEALTH_SECONDS = 10
HEALTHY_TIMES = 2
UNHEALTHY_TIMES = 3
_YEAR_SECONDS = 365 * 24 * 3600


class PortalLoadBalancer(pulumi.ComponentResource):
    """HTTPS for one host: a load balancer, its certificate, its record, and the group that its targets go into.

    Port 80 only sends browsers to 443. Deliberately no Ingress: with one, neither the name nor the ARN of the load
    balancer is known here, so that the record, the firewall and the alarms would need a second deployment.
    """

    arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    target_group: pulumi.Output[str]
    target_group_suffix: pulumi.Output[str]
    certificate: pulumi.Output[str]
    listener: pulumi.Resource

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:entry:PortalLoadBalancer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = _security_group(name, args, child)
        # With eight letters of Pulumi, a name of 32 is the longest that AWS takes.
        balancer = LoadBalancer(
            args.label,
            internal=args.place.internal,
            load_balancer_type="application",
            subnets=list(args.place.subnets),
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            idle_timeout=IDLE_SECONDS,
            enable_deletion_protection=args.protect,
            access_logs=_access_log(args),
            # What AWS refuses to delete, Pulumi has to refuse before it deletes anything else.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        targets = TargetGroup(
            args.label,
            vpc_id=args.place.vpc,
            target_type="ip",
            protocol="HTTP",
            port=PORT,
            deregistration_delay=DEREGISTER_SECONDS,
            health_check={
                "path": READINESS_PATH,
                "protocol": "HTTP",
                "matcher": "200",
                "interval": HEALTH_SECONDS,
                "timeout": 5,
                "healthy_threshold": HEALTHY_TIMES,
                "unhealthy_threshold": UNHEALTHY_TIMES,
            },
            opts=child,
        )
        self.certificate = _certificate(name, args.address, child)
        self.listener = Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self.certificate,
            default_actions=_actions(args.sign_in, targets.arn),
            routing_http_response_strict_transport_security_header_value=f"max-age={_YEAR_SECONDS}",
            routing_http_response_server_enabled=False,
            opts=child,
        )
        Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
            ],
            opts=child,
        )
        if args.address.zone is not None:
            Record(
                f"{name}-record",
                zone_id=args.address.zone,
                name=args.address.host,
                type="A",
                aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}],
                opts=child,
            )
        if args.firewall is not None:
            # Imported here: AWS's module of firewalls takes half a second.
            from components.entry.firewall import Firewall, FirewallArgs  # noqa: PLC0415

            Firewall(f"{name}-firewall", FirewallArgs(protects=balancer.arn, log=args.firewall), child)
        self.arn = balancer.arn
        self.dns_name = balancer.dns_name
        self.arn_suffix = balancer.arn_suffix
        self.target_group = targets.arn
        self.target_group_suffix = targets.arn_suffix
        self.register_outputs({"arn": self.arn})


def _certificate(name: str, address: Address, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    if address.certificate is not None:
        return pulumi.Output.from_input(address.certificate)
    if address.zone is None:
        raise pulumi.RunError("a load balancer without a certificate needs a zone to validate a new one in")
    args = ValidatedCertificateArgs(host=address.host, zone=address.zone)
    return ValidatedCertificate(f"{name}-certificate", args, child).arn


def _security_group(name: str, args: LoadBalancerArgs, child: pulumi.ResourceOptions) -> SecurityGroup:
    """Who may send requests, and the way to the pods. Nothing else goes in or out."""
    place = args.place
    group = SecurityGroup(
        f"{name}-security-group",
        vpc_id=place.vpc,
        description="The load balancer of a portal",
        opts=child,
    )
    for index, sender in enumerate(place.senders):
        for port in (80, 443):
            SecurityGroupIngressRule(
                f"{name}-from-{index}-{port}",
                security_group_id=group.id,
                description="HTTPS" if port == 443 else "Sent on to HTTPS",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=sender,
                opts=child,
            )
    SecurityGroupEgressRule(
        f"{name}-to-pods",
        security_group_id=group.id,
        description="The portal's pods",
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        referenced_security_group_id=place.cluster_security_group,
        opts=child,
    )
    if args.sign_in is not None:
        SecurityGroupEgressRule(
            f"{name}-to-sign-in",
            security_group_id=group.id,
            description="The sign-in provider, whose addresses nobody knows",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            opts=child,
        )
    SecurityGroupIngressRule(
        f"{name}-pods-from-address",
        security_group_id=place.cluster_security_group,
        description="The load balancer of a portal",
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        referenced_security_group_id=group.id,
        opts=child,
    )
    return group


def _access_log(args: LoadBalancerArgs) -> LoadBalancerAccessLogsArgsDict | None:
    if args.access_log is None:
        return None
    return {"bucket": args.access_log.bucket, "prefix": args.access_log.prefix, "enabled": True}


def _actions(sign_in: OidcSignIn | None, targets: pulumi.Input[str]) -> list[ListenerDefaultActionArgsDict]:
    forward: ListenerDefaultActionArgsDict = {"type": "forward", "target_group_arn": targets}
    if sign_in is None:
        return [forward]
    return [
        {
            "type": "authenticate-oidc",
            "order": 1,
            "authenticate_oidc": {
                "issuer": sign_in.issuer,
                "authorization_endpoint": sign_in.authorization_endpoint,
                "token_endpoint": sign_in.token_endpoint,
                "user_info_endpoint": sign_in.user_info_endpoint,
                "client_id": sign_in.client_id,
                "client_secret": sign_in.client_secret.value,
                "scope": "openid email profile",
                "on_unauthenticated_request": "authenticate",
            },
        },
        {**forward, "order": 2},
    ]
