"""HTTP connections to one cluster's API, with connection failures turned into our error types.

Only this module and `kubeconfig` import the Kubernetes client. The import takes a third of a second, so `api` does it
at the first request. The client's model classes are not used, because our code compares JSON.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import urllib3
from kubernetes.client.rest import RESTClientObject
from urllib3.exceptions import HTTPError, InsecureRequestWarning, MaxRetryError
from urllib3.exceptions import TimeoutError as TookTooLongError

from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel
from portal.kubernetes.api_errors import CertificateError, UnreachableError
from portal.kubernetes.kubeconfig import Access, read_access

USER_AGENT = "portal"
# Renew credentials before they expire, so that they stay valid during a request.
RENEW_BEFORE = timedelta(minutes=1)


@dataclass(frozen=True)
class Reply:
    """An HTTP response with any status."""

    code: int
    body: bytes


class _Again(urllib3.Retry):
    """Retries as urllib3 does, except after a timeout: no time is left then."""

    def increment(self, *args: Any, error: Exception | None = None, **others: Any) -> Self:  # noqa: ANN401 - its own
        if isinstance(error, TookTooLongError):
            raise error
        return super().increment(*args, error=error, **others)


class Connection:
    """A pool of connections to one API. Threads may share it."""

    def __init__(self, context: str, access: Access) -> None:
        self._context, self._access = context, access
        self._pool = RESTClientObject(access.configuration).pool_manager
        self._pool.connection_pool_kw["ssl_context"] = access.tls
        self._looked_up = False
        if not access.configuration.verify_ssl:
            # The kubeconfig turns verification off on purpose, so a warning with each request tells nothing new.
            urllib3.disable_warnings(InsecureRequestWarning)

    @property
    def expired(self) -> bool:
        """Whether its credentials have expired, or are about to."""
        until = self._access.expires
        return until is not None and datetime.now(UTC) > until - RENEW_BEFORE

    def send(
        self, method: str, path: str, *, accept: str, patience: float, body: bytes | None = None, content: str = ""
    ) -> Reply:
        """Send one request, with a limit of ``patience`` seconds.

        If the connection is lost, the request is sent once more, unless it creates an object. If the API answers 429
        with ``Retry-After``, the request is sent again after that time, as kubectl does.
        """
        self._look_up(patience)
        headers = urllib3.HTTPHeaderDict({"Accept": accept, "User-Agent": USER_AGENT})
        # This call also renews an OpenID Connect token.
        credentials: str | None = self._access.configuration.get_api_key_with_prefix("BearerToken")
        if credentials:
            headers["Authorization"] = credentials.strip()
        for name, values in self._access.headers.items():
            for value in values:
                headers.add(name, value)
        if body is not None:
            headers["Content-Type"] = content
        again = _Again(
            total=3,
            connect=0,
            read=0 if method == "POST" else 1,
            other=0,
            redirect=False,
            allowed_methods=None,
            raise_on_status=False,
        )
        try:
            reply = self._pool.urlopen(
                method,
                f"{self._access.configuration.host}{path}",
                redirect=False,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(total=patience),
                retries=again,
            )
        except HTTPError as error:
            raise self._failure(error, patience) from error
        return Reply(reply.status, reply.data)

    def _look_up(self, patience: float) -> None:
        """Resolve the cluster's host name once, with a time limit: the system's resolver has none.

        Other name errors are left to the request. With a proxy, nothing is resolved here: the proxy does it.
        """
        host = urlsplit(self._access.configuration.host).hostname
        if host is None or self._looked_up or type(self._pool) is not urllib3.PoolManager:
            return
        name = str(host)
        if isinstance(run_parallel({name: partial(_resolve, name)}, patience)[name], PortalError):
            raise UnreachableError(self._context, f"no name server knew {name} within {patience:g} s")
        self._looked_up = True

    def _failure(self, error: HTTPError, patience: float) -> CertificateError | UnreachableError:
        """Convert to one of our errors by the exception classes in its chain of causes, not by its message."""
        chain = list(_causes(error))
        for cause in chain:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return CertificateError(self._context, cause.verify_message)
        said = [cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror]
        if said:
            return UnreachableError(self._context, said[-1])
        # Check this after the system's errors: urllib3 also reports a refused connection as a timeout.
        if any(isinstance(cause, TookTooLongError | TimeoutError) for cause in chain):
            return UnreachableError(self._context, f"no answer within {patience:g} s")
        return UnreachableError(self._context, f"{type(chain[-1]).__name__}: {chain[-1]}")


def connect(context: str, kubeconfig: Path | None) -> Connection:
    """Prepare a connection to a context's cluster. Sends no request yet."""
    return Connection(context, read_access(context, kubeconfig))


def _resolve(host: str) -> None:
    with suppress(OSError):
        socket.getaddrinfo(host, None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes: urllib3 keeps them in ``reason``, in the arguments, or in ``__cause__``."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [one.reason if isinstance(one, MaxRetryError) else None, *one.args, one.__cause__]
