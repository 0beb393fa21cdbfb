"""Where the portal's backend calls: TCP ports of any host, and of the namespaces of cluster services.

Network policies cannot name hosts, so they allow ports. They can name the namespace of a service of the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from portal.base.hosts import FoundAddress, addresses

# https://kubernetes.io/docs/concepts/services-networking/dns-pod-service: a Service, or a pod behind a headless one.
_SERVICE = re.compile(r"(?:[^.]+\.)+?(?P<namespace>[a-z0-9]([-a-z0-9]*[a-z0-9])?)\.svc(\.cluster\.local)?\.?")


def ports_of(called: Iterable[str]) -> tuple[int, ...]:
    """The ports of addresses outside the cluster, sorted, each once."""
    outside = (one for one in _read(called) if service_namespace(one.host) is None)
    return tuple(sorted({one.port for one in outside if one.port is not None}))


def services_of(called: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The ports of addresses of cluster services, by the namespace of the service; both sorted.

    They are the Services' ports. A policy sees the port of the pod: where that is another, the stack adds it with
    ``portal:egress``.
    """
    found: dict[str, set[int]] = {}
    for address in _read(called):
        namespace = service_namespace(address.host)
        if namespace is not None and address.port is not None:
            found.setdefault(namespace, set()).add(address.port)
    return {namespace: tuple(sorted(found[namespace])) for namespace in sorted(found)}


def _read(called: Iterable[str]) -> Iterator[FoundAddress]:
    """Not of HTTP alone: a directory and a mail server have addresses too (`ldaps://ldap.acme.example`)."""
    return (found for address in called for found in addresses(address))


def service_namespace(host: str) -> str | None:
    """The namespace of a cluster service's host (``NAME.NAMESPACE.svc``, with or without ``.cluster.local``)."""
    found = _SERVICE.fullmatch(host.lower())
    return found["namespace"] if found is not None else None
