"""An Ingress in front of a Service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.networking.v1 import Ingress

from components.entry.host import HostArgs
from components.pods import NO_WAIT
from portal.contract import SERVICE

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import IngressSpecArgsDict


@dataclass(frozen=True, kw_only=True)
class HostIngressArgs(HostArgs):
    """A host at one controller. Without a ``tls_secret``, the controller has a certificate, or TLS ends before it."""

    class_name: str
    tls_secret: str | None = None


class HostIngress(pulumi.ComponentResource):
    """An Ingress for one host. Deliberately no controller and no certificate.

    Pulumi does not wait for its address: many controllers never write one. Whether the host answers is tested later.
    Source: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration (pulumi.com/skipAwait)
    """

    def __init__(self, name: str, args: HostIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # The type is part of the URN in every stack's state. Renaming it would replace the Ingress.
        super().__init__("portal:network:HostIngress", name, None, opts)
        spec: IngressSpecArgsDict = {
            "ingress_class_name": args.class_name,
            "rules": [
                {
                    "host": args.host,
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "path_type": "Prefix",
                                "backend": {"service": {"name": args.service, "port": {"name": "http"}}},
                            }
                        ]
                    },
                }
            ],
        }
        if args.tls_secret is not None:
            spec["tls"] = [{"hosts": [args.host], "secret_name": args.tls_secret}]
        Ingress(
            f"{name}-ingress",
            metadata=args.metadata.of(SERVICE, args.namespace, {**NO_WAIT, **args.annotations}),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
