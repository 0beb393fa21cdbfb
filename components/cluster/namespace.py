"""The namespace of one portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import Namespace, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components.metadata import CommonMetadata
from components.pods import NO_WAIT, ROLLOUT_TIMEOUT


@dataclass(frozen=True, kw_only=True)
class RestrictedNamespaceArgs:
    """``name`` is its name in the cluster. ``keep``: a destroy leaves the namespace and its data.

    ``labels`` and ``annotations`` are those of the namespace alone: when they change, nothing in it does.
    """

    name: str
    metadata: CommonMetadata
    keep: bool = True
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


class RestrictedNamespace(pulumi.ComponentResource):
    """Stateful: a namespace holds the data of everything in it.

    Enforces Pod Security ``restricted``, lets no traffic in or out that a policy does not name, and gives no token to a
    pod that names no account.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: RestrictedNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:RestrictedNamespace", name, None, opts)
        security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
        namespace = Namespace(
            f"{name}-namespace",
            metadata=args.metadata.labelled({**args.labels, **security}).of(
                args.name, annotations={**args.annotations, **ROLLOUT_TIMEOUT}
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep),
        )
        self.namespace = namespace.metadata.name
        NetworkPolicy(
            f"{name}-default-deny",
            metadata=args.metadata.of("default-deny", self.namespace),
            spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Kubernetes makes this account with the namespace. Both engines apply onto it (server-side apply).
        ServiceAccount(
            f"{name}-default-account",
            metadata=args.metadata.of("default", self.namespace, NO_WAIT),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"namespace": self.namespace})
