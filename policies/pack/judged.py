"""The rules as policies of a pack, and what they say about a graph. It knows nothing about Pulumi's protocol."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.aws.controls import AWS_CONTROLS
from policies.control import Rule
from policies.rules import CHOICES, GENERAL
from portal.graph.model import Graph


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A rule under the name by which a policy group knows it, such as ``rds-3``.

    ``mandatory``: a stack that breaks it is refused. Otherwise it is told.
    """

    name: str
    description: str
    rule: Rule
    mandatory: bool


@dataclass(frozen=True)
class Violation:
    """A sentence, and the URN of the resource that it is about. The URN is empty if it is about the stack."""

    sentence: str
    urn: str = ""


def policies() -> Iterator[Policy]:
    """One for each rule."""
    for rule in GENERAL:
        text = " ".join((inspect.getdoc(rule) or "").split()).partition(". ")[0].rstrip(".").replace("``", "`")
        name = _slug(rule.__name__)  # pyright: ignore[reportFunctionMemberAccess] - rules are functions
        yield Policy(name=name, description=text, rule=rule, mandatory=rule not in CHOICES)
    for control in AWS_CONTROLS:
        ids = f" ({', '.join(control.ids)})" if control.ids else ""
        yield Policy(
            name=_slug(control.key),
            description=f"{control.title}{ids}",
            rule=control.check,
            mandatory=not control.advisory,
        )


def violations(policy: Policy, graph: Graph) -> list[Violation]:
    """What a policy says about a graph. A rule that fails has not judged the graph, and this counts as a violation."""
    try:
        return [Violation(sentence, _urn(policy.rule, graph, sentence)) for sentence in policy.rule(graph)]
    except Exception as error:  # noqa: BLE001 - an engine's graph may be of any program
        # Without the text of the error, which may hold a value.
        return [Violation(f"the rule does not understand this stack ({type(error).__name__})")]


def _urn(rule: Rule, graph: Graph, sentence: str) -> str:
    """The resource that a sentence begins with. Of several with one name, that without which nothing is said."""
    named = [one for one in graph if sentence.startswith((f"{one.name}: ", f"{one.name}/"))]
    longest = max((len(one.name) for one in named), default=0)
    found = [one.urn for one in named if len(one.name) == longest]
    if len(found) > 1:
        found = [urn for urn in found if not _says(rule, _without(graph, urn), sentence)]
    return found[0] if len(found) == 1 else ""


def _says(rule: Rule, graph: Graph, sentence: str) -> bool:
    return any(one == sentence for one in rule(graph))


def _without(graph: Graph, urn: str) -> Graph:
    return replace(graph, resources={key: one for key, one in graph.resources.items() if key != urn})


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
