"""What published sign-in modules say of themselves: ids, resolvers, config schemas. Tests need no registry for it.

    npm pack PACKAGE@VERSION && tar xzf *.tgz
    python -m tests.support.sign_in_modules package ... > tests/plugins/sign_in_modules.json

Each argument is the folder of an unpacked package. Names of resolvers are read from its code, not from its schema.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from portal.base.json_types import is_list, is_mapping
from tests.support.users_files import ROOT

FILE = ROOT / "tests" / "plugins" / "sign_in_modules.json"
# plugin-auth-node 0.7.6, sign-in/commonSignInResolvers.
COMMON = ("emailMatchingUserEntityProfileEmail", "emailLocalPartMatchingUserEntityName")
_DESCRIPTIONS = ("$schema", "description", "examples")


def modules() -> dict[str, dict[str, Any]]:
    """The modules by package: `version`, `role`, `plugin`, `provider`, `resolvers` and `schema`."""
    return json.loads(FILE.read_text())


def listed_resolvers(schema: Any) -> set[str]:
    """The resolvers that a config schema lists."""
    if is_list(schema):
        return {name for item in schema for name in listed_resolvers(item)}
    if not is_mapping(schema):
        return set()
    own = schema.get("resolver")
    here = {str(own["const"])} if is_mapping(own) and "const" in own else set[str]()
    return here | {name for value in schema.values() for name in listed_resolvers(value)}


def _module(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "package.json").read_text())
    code = {file.name: file.read_text() for file in (folder / "dist").glob("*.cjs.js")}
    schema = folder / "config.schema.json"
    made = re.findall(r"SignInResolvers\d?\.(\w+) = ", code.get("resolvers.cjs.js", ""))
    common = COMMON if "...pluginAuthNode.commonSignInResolvers" in code["module.cjs.js"] else ()
    (provider,) = re.findall(r'providerId: "(\w+)"', code["module.cjs.js"])
    return {
        "version": manifest["version"],
        "role": manifest["backstage"]["role"],
        "plugin": manifest["backstage"]["pluginId"],
        "provider": provider,
        "resolvers": sorted({*made, *common}),
        "schema": _plain(json.loads(schema.read_text())) if schema.is_file() else None,
    }


def _plain(schema: Any) -> Any:
    """A schema without texts for people. Keys that are called like these are mappings, and stay."""
    if is_list(schema):
        return [_plain(item) for item in schema]
    if is_mapping(schema):
        return {key: _plain(value) for key, value in schema.items() if key not in _DESCRIPTIONS or is_mapping(value)}
    return schema


if __name__ == "__main__":
    folders = [Path(name) for name in sys.argv[1:]]
    found = {json.loads((one / "package.json").read_text())["name"]: _module(one) for one in folders}
    print("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in sorted(found.items())) + "\n}")
