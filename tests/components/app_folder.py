"""The folder of the app in an image, with the packages that connect to a database and sign for AWS."""

from __future__ import annotations

import json
from pathlib import Path

PACKAGES = Path(__file__).with_name("app-packages.cjs")
BACKEND_DEFAULTS = "@backstage/backend-defaults"
# Each with the path that the app imports it by.
_STAND_INS = {
    "pg": "index.js",
    "@aws-sdk/rds-signer": "index.js",
    "@smithy/signature-v4": "index.js",
    "@smithy/core": "checksum.js",
    "@aws-sdk/credential-providers": "index.js",
}


def app_folder(folder: Path, built: Path | None = None) -> Path:
    """Such a folder: with the packages of a ``built`` app (its ``node_modules``), or with stand-ins for them."""
    backend = folder / "packages" / "backend"
    backend.mkdir(parents=True)
    (backend / "package.json").write_text("{}")
    modules = folder / "node_modules"
    if built is not None:
        modules.symlink_to(built)
        return folder
    (modules / BACKEND_DEFAULTS).mkdir(parents=True)
    (modules / BACKEND_DEFAULTS / "package.json").write_text("{}")
    for name, file in _STAND_INS.items():
        (modules / name).mkdir(parents=True)
        (modules / name / "package.json").write_text("{}")
        (modules / name / file).write_text(
            f"module.exports = require({json.dumps(str(PACKAGES))})[{json.dumps(name)}];\n"
        )
    return folder
