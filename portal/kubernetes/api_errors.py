"""The errors of a cluster's API, one type for each cause, so that callers need not parse messages.

Each message is a full sentence. This module gives no advice: `refusal` says which errors the user can fix, and how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from portal.base.errors import PortalError
from portal.base.json_types import is_list, is_mapping


class ClusterError(PortalError):
    """A request to a cluster failed."""

    def __init__(self, context: str, what: str, reason: str) -> None:
        self.context = context
        self.reason = " ".join(reason.split())
        super().__init__(f"the cluster of context {context} {what}: {self.reason}")


class KubeconfigError(ClusterError):
    """The kubeconfig does not say how to reach the cluster."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "cannot be found", reason)


class CredentialProgramError(ClusterError):
    """The credential plugin that the kubeconfig names is not installed, or returned no credentials."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "cannot be asked without credentials", reason)


class UnreachableError(ClusterError):
    """Nothing answers at the cluster's address, or what answers is not a Kubernetes API."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "does not answer", reason)


class CertificateError(ClusterError):
    """The server's certificate is not trusted by the kubeconfig."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "has a certificate that the kubeconfig does not trust", reason)


def is_status(body: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a response body is a Kubernetes ``Status`` object."""
    return is_mapping(body) and body.get("kind") == "Status"


@dataclass(frozen=True)
class Cause:
    """One reason why an object is invalid: a code such as ``FieldValueForbidden``, the field, and a message."""

    reason: str
    field: str
    message: str


@dataclass(frozen=True)
class Status:
    """The details that the API sends with an error.

    ``kind`` is a resource name (``deployments``). For an invalid object, it is the object's kind (``Deployment``).
    See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status.
    """

    code: int
    reason: str
    message: str
    group: str = ""
    kind: str = ""
    name: str = ""
    causes: tuple[Cause, ...] = ()

    @classmethod
    def of(cls, code: int, body: object) -> Status:
        """Parse a response body. If it is plain text, the text becomes the message."""
        if not is_status(body):
            return cls(code, "", " ".join(str(body).split())[:300])
        details: object = body.get("details")
        known: Mapping[str, Any] = details if is_mapping(details) else {}
        causes: object = known.get("causes")
        return cls(
            code=code,
            reason=str(body.get("reason", "")),
            message=" ".join(str(body.get("message", "")).split()),
            group=str(known.get("group", "")),
            kind=str(known.get("kind", "")),
            name=str(known.get("name", "")),
            causes=tuple(_cause(cause) for cause in causes if is_mapping(cause)) if is_list(causes) else (),
        )


class StatusError(ClusterError):
    """The API answered with an error status."""

    def __init__(self, context: str, status: Status) -> None:
        self.status = status
        super().__init__(context, "refuses", status.message or f"HTTP status {status.code}")

    @classmethod
    def of(cls, context: str, status: Status) -> StatusError:
        """Return the error type that matches the status code."""
        return _BY_CODE.get(status.code, cls)(context, status)


class UnauthorizedError(StatusError):
    """The cluster rejects the credentials."""


class ForbiddenError(StatusError):
    """The account lacks the right, or an admission rule rejects the object. The API uses 403 for both."""


class NotFoundError(StatusError):
    """The object does not exist, or the cluster does not serve its kind."""


class InvalidError(StatusError):
    """The object is invalid, or the change is not allowed. ``status.causes`` name the fields."""


_BY_CODE: Mapping[int, type[StatusError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    422: InvalidError,
}


def _cause(cause: Mapping[str, Any]) -> Cause:
    message = " ".join(str(cause.get("message", "")).split())
    return Cause(str(cause.get("reason", "")), str(cause.get("field", "")), message)
