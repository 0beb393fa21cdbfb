"""A cluster that is already there."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes


@dataclass(frozen=True)
class ExistingClusterArgs:
    """Which cluster: a ``context``, and the path of the ``kubeconfig`` that has it (absent: the user's own)."""

    context: pulumi.Input[str]
    kubeconfig: pulumi.Input[str] | None = None


class ExistingCluster(pulumi.ComponentResource):
    """A cluster by its context. Creates nothing in it, and never falls back to the current context."""

    provider: kubernetes.Provider

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:ExistingCluster", name, None, opts)
        self.provider = kubernetes.Provider(
            f"{name}-provider",
            context=args.context,
            kubeconfig=args.kubeconfig,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
