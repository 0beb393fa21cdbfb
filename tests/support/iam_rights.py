"""Whether a policy of AWS allows an action, by the statements that match, without anything that an account adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]


def allows(statements: Sequence[Statement], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether one statement allows it under ``context`` and none denies it, whatever the context.

    A resource of ``*`` is that of an action without a resource level, which only a star matches.
    """
    effects = {one["Effect"] for one in _matching(statements, action, resource, context)}
    return effects == {"Allow"}


def _matching(
    statements: Sequence[Statement], action: str, resource: str, context: Mapping[str, str]
) -> Iterator[Statement]:
    for one in statements:
        if _is(one, "Action", action) and _is(one, "Resource", resource) and _under(one, context):
            yield one


def _is(statement: Statement, key: str, value: str) -> bool:
    if f"Not{key}" in statement:
        return not _any(statement[f"Not{key}"], value)
    return _any(statement[key], value)


def _any(patterns: str | Sequence[str], value: str) -> bool:
    given = [patterns] if isinstance(patterns, str) else patterns
    return any(re.fullmatch(re.escape(one).replace(r"\*", ".*").replace(r"\?", "."), value) for one in given)


def _under(statement: Statement, context: Mapping[str, str]) -> bool:
    """A condition that is no plain comparison is refused, as nothing here knows what it means."""
    return all(
        _holds(operator, wanted, context.get(key))
        for operator, pairs in statement.get("Condition", {}).items()
        for key, wanted in pairs.items()
    )


def _holds(operator: str, wanted: str | Sequence[str], told: str | None) -> bool:
    operator, of_each = operator.removeprefix("ForAllValues:"), operator.startswith("ForAllValues:")
    assert operator in {"StringEquals", "StringLike", "StringNotEquals", "StringNotLike"}, operator
    if told is None:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        return of_each or "Not" in operator
    given = [wanted] if isinstance(wanted, str) else wanted
    found = _any(given, told) if operator.endswith("Like") else told in given
    return found is not ("Not" in operator)
