"""What can go wrong between us and a cluster's API, by type: so that nobody has to read its English.

Each is a sentence already. Which of them a person can mend by other credentials or another context, `refusal` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from portal.base.errors import PortalError
from portal.base.json_types import is_list, is_mapping


class ClusterError(PortalError):
    """A cluster that was asked something, and did not answer it."""

    def __init__(self, context: str, what: str, reason: str) -> None:
        self.context = context
        self.reason = " ".join(reason.split())
        super().__init__(f"the cluster of context {context} {what}: {self.reason}")


class KubeconfigError(ClusterError):
    """The kubeconfig does not say how the cluster is reached."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "cannot be found", reason)


class CredentialProgramError(ClusterError):
    """The program that the kubeconfig runs for credentials is not there, or gave none."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "cannot be asked without credentials", reason)


class UnreachableError(ClusterError):
    """Nothing answers at the cluster's address, or nothing that is a Kubernetes API."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "does not answer", reason)


class CertificateError(ClusterError):
    """What answers has a certificate that the kubeconfig does not trust."""

    def __init__(self, context: str, reason: str) -> None:
        super().__init__(context, "has a certificate that the kubeconfig does not trust", reason)


def is_status(body: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an answer's body is the API's own kind of refusal."""
    return is_mapping(body) and body.get("kind") == "Status"


@dataclass(frozen=True)
class Cause:
    """One of the reasons for which an object is invalid: ``FieldValueForbidden``, in which field, in words."""

    reason: str
    field: str
    message: str


@dataclass(frozen=True)
class Status:
    """What the API says with a refusal.

    ``kind`` is a resource (``deployments``), of an object that is invalid its kind (``Deployment``).
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
        """Read an answer's body. A few paths answer in plain text, which is then the message."""
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
    """The API answered, and refused."""

    def __init__(self, context: str, status: Status) -> None:
        self.status = status
        super().__init__(context, "refuses", status.message or f"HTTP status {status.code}")

    @classmethod
    def of(cls, context: str, status: Status) -> StatusError:
        """The error for a status, by its code."""
        return _BY_CODE.get(status.code, cls)(context, status)


class UnauthorizedError(StatusError):
    """The cluster does not take the credentials."""


class ForbiddenError(StatusError):
    """The account has no right to it, or a rule of the cluster does not admit the object: both have this status."""


class NotFoundError(StatusError):
    """There is no such object, or the cluster does not serve its kind."""


class InvalidError(StatusError):
    """The object is not valid, or cannot become what it is to be; ``status.causes`` say which fields."""


_BY_CODE: Mapping[int, type[StatusError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    422: InvalidError,
}


def _cause(cause: Mapping[str, Any]) -> Cause:
    message = " ".join(str(cause.get("message", "")).split())
    return Cause(str(cause.get("reason", "")), str(cause.get("field", "")), message)
