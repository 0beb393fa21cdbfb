"""Advice for errors that mean a cluster cannot be used: unreachable, not trusted, or credentials rejected."""

from __future__ import annotations

from portal.base.errors import InputError, PortalError, SituationError
from portal.kubernetes.api_errors import (
    CertificateError,
    CredentialProgramError,
    KubeconfigError,
    UnauthorizedError,
    UnreachableError,
)


def cluster_refusal(error: PortalError) -> InputError | None:
    """Convert the error to one that says how to fix it. None if it is not about access to the cluster."""
    match error:
        case UnauthorizedError():
            return SituationError(
                f"the cluster of context {error.context} rejects the credentials in the kubeconfig: they have expired,"
                " or belong to another cluster",
                "log in again, or renew them in the kubeconfig",
            )
        case CredentialProgramError():
            return SituationError(
                f"the program that gets the credentials for context {error.context} failed ({error.reason})",
                "install it, or log in with it again",
            )
        case CertificateError():
            return SituationError(
                f"the kubeconfig does not trust the certificate of the cluster of context {error.context}"
                f" ({error.reason})",
                "get its kubeconfig again; the cluster may have been created again under the same address",
            )
        case UnreachableError():
            return SituationError(
                f"the cluster of context {error.context} does not answer ({error.reason})",
                "start it, or correct the context",
            )
        case KubeconfigError():
            return SituationError(
                f"the context {error.context} cannot be used ({error.reason})",
                "correct the context or the kubeconfig",
            )
        case _:
            return None
