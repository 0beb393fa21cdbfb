"""What ``portal preview`` answers with ``--json``, and how it is made from the changes of the stacks."""

from __future__ import annotations

from collections.abc import Sequence

from portal.command.json_answers import JsonAnswer
from portal.graph.preview.comparison import StackChange
from portal.graph.preview.lines import details


class ResourceChangeAnswer(JsonAnswer):
    """A resource that would change."""

    kind: str
    """Its kind, such as `Deployment`."""

    name: str
    """Its name, without a hash."""

    word: str
    """`created`, `changed`, `replaced`, `will be refused` or `deleted`."""

    stateful: bool
    """Whether it holds data, or stops the database for a moment."""


class SecretChangeAnswer(JsonAnswer):
    """A secret whose encrypted value differs."""

    name: str
    """Its name."""

    state: str
    """`added`, `removed`, or `encrypted again: its value may have changed`."""


class SubjectAnswer(JsonAnswer):
    """What differs in one subject."""

    title: str
    """The subject, such as `app-config`."""

    lines: tuple[str, ...]
    """What differs. `+` is only in this checkout, `-` only at the other commit."""


class StackChangeAnswer(JsonAnswer):
    """What would change in one stack."""

    stack: str
    """The stack."""

    when: str
    """`on merge`, or `with the next release`: with a release of this checkout."""

    release: tuple[str, str]
    """The releases before and after: an id, `workspace`, or `the next release`. Empty if there is no stack that can be
    read on that side."""

    empty: bool
    """Whether nothing would change."""

    compared: bool
    """Whether resources were compared. They are not if the checks refuse the stack on one of the sides."""

    warnings: tuple[str, ...]
    """What a reviewer has to see first, in sentences."""

    resources: tuple[ResourceChangeAnswer, ...]
    """The resources that would change: first what will be refused, then what holds data."""

    secrets: tuple[SecretChangeAnswer, ...]
    """The secrets that differ."""

    new_faults: tuple[str, ...]
    """Sentences of checks that refuse the stack now, and did not before."""

    subjects: tuple[SubjectAnswer, ...]
    """All differences as lines."""


class PreviewAnswer(JsonAnswer):
    """`portal preview --json`."""

    base: str
    """The commit that the checkout was compared with."""

    stacks: tuple[StackChangeAnswer, ...]
    """The stacks: first on merge, then with the next release."""


def preview_answer(changes: Sequence[StackChange], base: str) -> PreviewAnswer:
    """The changes as an answer."""
    return PreviewAnswer(base=base, stacks=tuple(_stack(one) for one in changes))


def _stack(change: StackChange) -> StackChangeAnswer:
    return StackChangeAnswer(
        stack=change.stack,
        when=change.when,
        release=change.release,
        empty=change.is_empty,
        compared=change.compared,
        warnings=change.warnings,
        resources=tuple(
            ResourceChangeAnswer(kind=one.kind, name=one.name, word=one.word, stateful=one.stateful)
            for one in change.resources
        ),
        secrets=tuple(SecretChangeAnswer(name=one.name, state=one.state) for one in change.secrets),
        new_faults=change.new_faults,
        subjects=tuple(SubjectAnswer(title=one.title, lines=tuple(one.lines)) for one in details(change)),
    )
