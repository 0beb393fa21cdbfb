"""Run the program of a checkout as Pulumi's host of Python programs does, in a process of its own.

``python -m tests.engines.program ADDRESS STACK PREVIEW``, in the checkout. Source: pulumi/pulumi
sdk/python/cmd/pulumi-language-python-exec, which comes with the CLI, not with the SDK.
"""

from __future__ import annotations

import asyncio
import gc
import runpy
import sys

import pulumi
from pulumi.runtime import Settings, config, configure, run_in_stack

from portal.graph.recorder import PROJECT


def main(address: str, stack: str, preview: str) -> int:
    config.set_all_config(config.get_config_env(), config.get_config_secret_keys_env())
    dry_run = preview == "true"
    configure(Settings(project=PROJECT, stack=stack, monitor=address, engine=address, dry_run=dry_run))

    async def program() -> None:
        runpy.run_path("__main__.py", run_name="__main__")

    try:
        asyncio.run(run_in_stack(program))
    except pulumi.RunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # As in a recording: it takes a quarter of the time of imports, and this process ends soon.
    gc.disable()
    sys.exit(main(*sys.argv[1:4]))
