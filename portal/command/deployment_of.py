"""What `portal up` and `portal down` begin with."""

from __future__ import annotations

import sys

from portal.command.context import Context
from portal.deploy.deployment import Deployment
from portal.deploy.options import UpOptions
from portal.plan import load_plan
from portal.stackfile.read import read_stack_file


def deployment_of(context: Context, options: UpOptions, *, complete: bool = True) -> Deployment:
    """A stack's deployment, not begun. Without ``complete``, it is good enough to stop and delete the stack."""
    return Deployment(
        checkout=context.checkout,
        plan=load_plan(context.checkout, options.stack, complete=complete),
        file=read_stack_file(context.checkout, options.stack),
        options=options,
        progress=context.progress,
        terminal=context.errors.is_terminal,
        attended=all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)),
    )
