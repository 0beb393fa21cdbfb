"""Config schemas are read by the code of packages, which sees no token of a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.base.errors import PortalError
from portal.image.lock import read_schemas
from portal.image.toolchain import Toolchain
from tests.support.python_script import python_script

TOKENS = ("NPM_TOKEN", "NODE_AUTH_TOKEN", "npm_config__authToken", "YARN_NPM_AUTH_TOKEN", "GITHUB_TOKEN")


def tools(folder: Path, schema: str) -> Toolchain:
    """A Node that fails if it sees a token, and reads the schema of two packages."""
    node = folder / "node"
    code = (
        f"import json, os, sys\nnames = [name for name in {TOKENS!r} if name in os.environ]\n"
        "assert os.environ['OURS'] == '1' and 'PATH' in os.environ and not names, names\n"
        f"schemas = [{{'packageName': one, 'value': {schema}}} for one in ('b', 'a')]\n"
        "print(json.dumps({'schemas': schemas}))\n"
    )
    node.write_text(python_script(code))
    node.chmod(0o755)
    return Toolchain(node, node, {"OURS": "1"})


def test_packages_see_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS:
        monkeypatch.setenv(name, "planted")
    found = read_schemas(tools(tmp_path, "{'type': 'object'}"), tmp_path)
    assert [one["package"] for one in found] == ["a", "b"]


def test_a_schema_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortalError, match=r"the config schema of [ab] is not valid"):
        read_schemas(tools(tmp_path, "{'type': 'nonsense'}"), tmp_path)
