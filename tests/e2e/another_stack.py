"""A stack beside the first one: the local stack's file with other settings, for as long as a test needs it."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.e2e.conftest import Workplace


@contextmanager
def another_stack(workplace: Workplace, name: str, url: str, settings: Mapping[str, Any]) -> Generator[str]:
    """Its name. It is taken down with its data at the end, if it was ever up."""
    file = workplace.checkout.stack_file(name)
    write_settings(workplace, name, url, settings)
    try:
        yield name
    finally:
        if workplace.checkout.stack_record_file(name).is_file():
            workplace.portal("down", "--stack", name, "--delete-data")
        file.unlink()


def write_settings(workplace: Workplace, name: str, url: str, settings: Mapping[str, Any]) -> None:
    """Write a stack's file anew: in the cluster of the first stack, by its context."""
    here = {"context": workplace.kubectl.context, "kubeconfig": ".portal/cluster/kubeconfig"}
    lines = [f"  portal:{key}: {json.dumps(value)}" for key, value in {"cluster": here, **settings}.items()]
    local = workplace.checkout.stack_file("local").read_text()
    changed = local.replace("portal:url: http://localhost:7007", f"portal:url: {url}")
    workplace.checkout.stack_file(name).write_text("\n".join([changed.rstrip(), *lines]) + "\n")
