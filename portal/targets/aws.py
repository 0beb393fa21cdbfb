"""A portal on AWS, in an EKS cluster that exists."""

from __future__ import annotations

from collections.abc import Iterator

from portal.aws.names import PORTAL_RULE, can_name_a_portal
from portal.base.errors import InputError, quoted
from portal.models.aws.eks_context import EksContext
from portal.models.aws.scalars import account_of, region_of
from portal.models.stack import StackSettings
from portal.targets.target import Target, Where

# What stands in front of a portal on AWS is its load balancer, and its cluster is the one under `portal:aws`.
_OTHERS = ("cluster", "ingress", "gateway")


class AwsTarget(Target):
    """The stack names what exists: account, network, subnets and cluster. Everything else it makes itself."""

    def check(self, stack: str, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """The stack has to say where, and how it is reached, and its name has to fit into those of AWS."""
        yield from super().check(stack, settings, where)
        if not can_name_a_portal(stack):
            yield InputError(
                where=where(()),
                key="",
                got=quoted(stack),
                allowed=f"a stack's name of {PORTAL_RULE}, as names of resources in AWS begin with it",
                fix="rename the file",
            )
        needed = {
            "aws": "write it, or let `portal foundation export` write it",
            "loadBalancer": "write `portal:loadBalancer: {zone: {id: ..., name: ...}}`",
        }
        given = {"aws": settings.aws, "loadBalancer": settings.load_balancer}
        for key, fix in needed.items():
            if given[key] is None:
                yield InputError(
                    where=where((key,)), key=f"portal:{key}", got="nothing", allowed="a value for target: aws", fix=fix
                )
        for key in _OTHERS:
            if getattr(settings, key) is not None:
                yield InputError(
                    where=where((key,)),
                    key=f"portal:{key}",
                    got="a value",
                    allowed="nothing for target: aws",
                    fix="remove it; portal:aws names the cluster, and portal:loadBalancer is in front of the portal",
                )
        yield from _certificate(settings, where)
        if settings.url.startswith("http://"):
            yield InputError(
                where=where(("url",)),
                key="portal:url",
                got=quoted(settings.url),
                allowed="https://, as the load balancer serves nothing else",
                fix=f"write https://{settings.url.removeprefix('http://')}",
            )

    def cluster(self, settings: StackSettings) -> EksContext | None:
        """The cluster under ``portal:aws``. Its kubeconfig is written when a command needs one."""
        return EksContext.of(settings.aws.eks) if settings.aws is not None else None


def _certificate(settings: StackSettings, where: Where) -> Iterator[InputError]:
    """A load balancer takes certificates of its own account and region only."""
    arn = settings.load_balancer.certificate if settings.load_balancer is not None else None
    place = settings.aws
    if arn is None or place is None or (account_of(arn), region_of(arn)) == (place.account, place.region):
        return
    yield InputError(
        where=where(("loadBalancer", "certificate")),
        key="portal:loadBalancer.certificate",
        got=quoted(arn),
        allowed=f"a certificate of the account {place.account} in {place.region}",
        fix="write one of these, or leave it out: with a zone, a new one is made",
    )


TARGET = AwsTarget(name="aws", summary="the EKS cluster in `aws`, with a load balancer of AWS", team=True, on_aws=True)
