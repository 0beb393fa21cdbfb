"""Names of stacks, secrets and commits: each has one rule, wherever it is written."""

from __future__ import annotations

import re

from portal.base.errors import InputError, quoted

# In labels, selectors, file names, and Pulumi's stack names. The rule of a Kubernetes name (RFC 1123 label) is
# narrower than all of them: https://www.pulumi.com/docs/iac/concepts/stacks/#stack-naming allows more.
_STACK = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
STACK_RULE = "up to 63 lower case letters, digits and dashes"
# The name of an environment variable, as people know secrets; it is also the name of a file and a key of a Secret.
_SECRET = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
SECRET_RULE = "a name in capital letters (SENTRY_TOKEN): up to 63 letters, digits and underscores"  # noqa: S105
# Git's object ids, SHA-1 or SHA-256, never shortened: https://git-scm.com/docs/hash-function-transition
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_STACK_FILE = re.compile(r"(?:.*/)?Pulumi\.(.+)\.ya?ml")


def is_stack_name(text: str) -> bool:
    """Whether a text can be the name of a stack."""
    return _STACK.fullmatch(text) is not None


def is_secret_name(text: object) -> bool:
    """Whether a value can be the name of a secret."""
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


def is_commit_id(text: object) -> bool:
    """Whether a value can be the whole id of a commit."""
    return isinstance(text, str) and _COMMIT.fullmatch(text) is not None


def require_stack_name(text: str, where: str = "--stack") -> str:
    """The name of a stack; InputError for anything else. ``where`` is the option or the file that has it."""
    if is_stack_name(text):
        return text
    file = _STACK_FILE.fullmatch(text)
    meant = file[1] if file else text.strip().lower()
    fix = f"write {meant}" if is_stack_name(meant) else "use the name between Pulumi. and .yaml, or rename the file"
    raise InputError(where=where, key="", got=quoted(text), allowed=f"a stack's name ({STACK_RULE})", fix=fix)


def require_secret_name(text: str, where: str) -> str:
    """The name of a secret; InputError for anything else."""
    if is_secret_name(text):
        return text
    raise InputError(where=where, key="", got=quoted(text), allowed=SECRET_RULE, fix="correct it")
