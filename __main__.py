"""The Pulumi program of a portal."""

from stacks.exports import export
from stacks.load import check, errors_as_sentences, load
from stacks.program import build

with errors_as_sentences():
    export(build(check(load())))
