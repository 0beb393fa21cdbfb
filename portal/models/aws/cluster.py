"""The EKS cluster of a foundation."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portal.models.aws.scalars import ClusterName, Ipv4Cidr, OwnCidr, PrincipalArn
from portal.models.base import Model, refusal
from portal.models.scalars import Name

_LARGEST, _SMALLEST = 12, 24


def _service_network(cidr: str) -> str:
    """The rules of EKS: https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html."""
    network = IPv4Network(cidr)
    own = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    if not _LARGEST <= network.prefixlen <= _SMALLEST or not any(network.subnet_of(IPv4Network(one)) for one in own):
        raise refusal(
            f"a network from /{_LARGEST} to /{_SMALLEST} in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
            "write 172.20.0.0/16, or another free one",
        )
    return cidr


class EksSettings(Model):
    """An EKS cluster in Auto Mode: AWS runs the nodes, their network, volumes and load balancing."""

    name: ClusterName
    """Its name. It can never change."""

    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$")] = "1.35"
    """The version of Kubernetes. It can only go up, one minor version at a time."""

    support: Literal["EXTENDED", "STANDARD"] = "EXTENDED"
    """`STANDARD` lets AWS upgrade the cluster by itself when standard support ends. `EXTENDED` costs more from then on,
    and the version stays as it is written here."""

    service_cidr: Annotated[Ipv4Cidr, AfterValidator(_service_network)] = "172.20.0.0/16"
    """The addresses of Services. They overlap neither with the VPC nor with what it is connected to. They can never
    change."""

    public_access: tuple[OwnCidr, ...] = ()
    """The networks that may reach the API server over the internet. Default: none; it is reached from inside the VPC
    only, and so `pulumi up` runs there."""

    administrators: Annotated[dict[Name, PrincipalArn], Field(min_length=1)]
    """The roles that administer the cluster, each with a name for it. Whoever deploys the foundation has to be one of
    them: nobody else is let in."""
