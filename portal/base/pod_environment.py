"""Values of a container's environment variables."""

from __future__ import annotations


def literal(text: str) -> str:
    """A text that Kubernetes hands on as it is. Unescaped, ``$(NAME)`` would be replaced by another variable's value.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables
    """
    return text.replace("$", "$$")
