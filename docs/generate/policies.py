"""The page of the rules about graphs, from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.settings import cell
from policies.aws.controls import SECTIONS
from policies.aws.waivers import WAIVERS
from policies.pack.judged import policies as all_policies
from policies.rules import GENERAL


def policies() -> Iterator[str]:
    """The rules for all stacks, those for AWS, and what is not demanded."""
    yield "Rules judge what a stack would deploy, whichever setting made it. `portal check`, `portal preview` and"
    yield "`portal up` refuse a stack that breaks one. If a rule is *advice*, the stack's own settings decide, and"
    yield "`portal check` only says so. What is not known before a deployment breaks no rule."
    yield ""
    pack = "../how-to/what-is-checked-before.md#apply-the-rules-in-a-plain-pulumi-up"
    yield f"A plain `pulumi up` applies them with the [policy pack]({pack})."
    yield "In a policy group, a rule has the name below. A rule for AWS has its first id or else its title, in lower"
    yield "case and with dashes, such as `rds-3`."
    yield ""
    yield from ("## Every stack", "", "| rule | name |", "|---|---|")
    yield from (f"| {cell(one.description)} | `{one.name}` |" for one in all_policies() if one.rule in GENERAL)
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
