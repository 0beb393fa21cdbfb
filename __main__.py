"""The Pulumi program of a portal."""

from stacks.compositions import build
from stacks.door import check, errors_as_sentences, load
from stacks.exports import export

with errors_as_sentences():
    deployment = load()
    check(deployment)
    portal = build(deployment)
    export(portal)
