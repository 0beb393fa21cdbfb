"""An EKS cluster that exists."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes


@dataclass(frozen=True, kw_only=True)
class ExistingEksArgs:
    """``arn`` names the cluster for good. ``kubeconfig`` is a text with a context of that name, and no credential."""

    arn: str
    kubeconfig: str


class ExistingEks(pulumi.ComponentResource):
    """An EKS cluster that others operate. Creates nothing in it.

    Another ARN is another cluster: the provider is replaced, and with it everything that is not protected. Deliberately
    no question to AWS: its answer would be in the state, and would end after 15 minutes, within a long deployment.
    """

    provider: kubernetes.Provider

    def __init__(self, name: str, args: ExistingEksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:ExistingEks", name, None, opts)
        self.provider = kubernetes.Provider(
            f"{name}-provider",
            kubeconfig=args.kubeconfig,
            context=args.arn,
            cluster_identifier=args.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
