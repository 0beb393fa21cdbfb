"""An existing cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes


@dataclass(frozen=True, kw_only=True)
class ExistingClusterArgs:
    """A ``context``, and the path of the ``kubeconfig`` that has it. Default: the user's own kubeconfig."""

    context: pulumi.Input[str]
    kubeconfig: pulumi.Input[str] | None = None


class ExistingCluster(pulumi.ComponentResource):
    """A cluster by its context. Creates nothing in it, and never falls back to the current context.

    Another context is another cluster: the provider is replaced, and with it everything that is not protected. Without
    the identifier Pulumi would compare kubeconfigs, and patch what it finds under the same names over there.
    """

    provider: kubernetes.Provider

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:ExistingCluster", name, None, opts)
        self.provider = kubernetes.Provider(
            f"{name}-provider",
            context=args.context,
            cluster_identifier=args.context,
            # Empty means kubectl's own search. None would freeze this machine's KUBECONFIG in the state.
            kubeconfig="" if args.kubeconfig is None else args.kubeconfig,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
