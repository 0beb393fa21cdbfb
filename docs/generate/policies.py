"""The page of the rules about graphs, from the rules themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from docs.generate.settings import cell
from policies.aws.controls import SECTIONS
from policies.aws.waivers import WAIVERS
from policies.rules import GENERAL


def _first_sentence(text: str) -> str:
    return cell(text).partition(". ")[0].rstrip(".").replace("``", "`")


def policies() -> Iterator[str]:
    """The rules for all stacks, those for AWS, and what is not demanded."""
    yield "Rules judge what a stack would deploy, whichever setting made it. `portal check`, `portal preview` and"
    yield "`portal up` refuse a stack that breaks one. If a rule is *advice*, the stack's own settings decide, and"
    yield "`portal check` only says so. What is not known before a deployment breaks no rule."
    yield ""
    yield from ("## Every stack", "", "| rule |", "|---|")
    yield from (f"| {_first_sentence(inspect.getdoc(rule) or '')} |" for rule in GENERAL)
    yield ""
    yield from ("## AWS", "")
    yield "An id without a prefix is of [AWS Foundational Security Best"
    yield "Practices](https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html). CIS is the"
    yield "[Amazon Web Services Foundations Benchmark](https://www.cisecurity.org/benchmark/amazon_web_services) 7.0."
    yield ""
    for title, controls in SECTIONS:
        yield from (f"### {title}", "", "| rule | ids | |", "|---|---|---|")
        for one in controls:
            yield f"| {cell(one.title)} | {', '.join(one.ids)} | {'advice' if one.advisory else ''} |"
        yield ""
    yield from ("## Not demanded on AWS", "", "| id | reason |", "|---|---|")
    yield from (f"| {one} | {cell(reason)} |" for one, reason in WAIVERS.items())
