"""An Ingress in front of a Service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.networking.v1 import Ingress

from components.metadata import CommonMetadata

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import IngressSpecArgsDict


@dataclass(frozen=True)
class HostIngressArgs:
    """One host with all its paths. ``tls_secret`` absent: the controller has a certificate, or TLS ends before it."""

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    host: str
    service: pulumi.Input[str]
    class_name: str
    tls_secret: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


class HostIngress(pulumi.ComponentResource):
    """An Ingress for one host. Deliberately no controller and no certificate.

    Nobody waits for its address: many controllers never write one, and whether the host answers is asked there.
    Source: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration (pulumi.com/skipAwait)
    """

    def __init__(self, name: str, args: HostIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
            metadata=args.metadata.of(
                "backstage", args.namespace, {"pulumi.com/skipAwait": "true", **args.annotations}
            ),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
