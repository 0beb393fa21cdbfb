"""The program that writes the data reads what others publish, and keeps only what is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding

from portal.aws.facts import CREATE_ONLY, OFFERS, ROOTS, facts
from portal.aws.make_facts import create_only, main, offers, roots
from portal.aws.replaced_inputs import TYPES
from portal.base.moment import moment

NOW = datetime(2026, 11, 27, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP384R1())


def certificate(name: str, days: int) -> str:
    """A certificate as the npm package writes one, in JavaScript."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, KEY.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(KEY, SHA384())
    )
    lines = made.public_bytes(Encoding.PEM).decode().splitlines()
    return " +\n".join(f"'{line}\\n'" for line in lines)


def test_only_roots_of_a_region_that_have_not_ended_are_kept() -> None:
    script = ",\n".join(
        [
            certificate("Amazon RDS eu-central-1 Root CA ECC384 G1", 9),
            certificate("Amazon RDS eu-west-1 Root CA ECC384 G1", -1),
            certificate("Amazon RDS Beta us-east-1 Root CA ECC384 G1", 9),
            certificate("Amazon RDS us-east-1 2019 CA", 9),
            certificate("Amazon RDS us-east-1 Root CA ECC384 G1 of Somebody", 9),
        ]
    )
    found = roots(f"exports.defaults = [\n{script}\n];", NOW)
    assert {region: len(pems) for region, pems in found.items()} == {"eu-central-1": 1}


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def rule(engine: str, **values: Any) -> dict[str, Any]:
    properties = {"Engine": {"const": engine}, **values.get("given", {})}
    return {"if": {"properties": properties}, "then": {"properties": values.get("then", {})}}


def test_versions_that_ended_and_classes_that_one_list_lacks_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "extensions" / "aws_rds_dbinstance"
    listed = {"EngineVersion": {"enum": ["18", "18.1", "18.10", "18.9", "16.1", "13.23", "11.22-rds.20240418"]}}
    write(folder / "engine_version.json", {"allOf": [rule("mysql"), rule("postgres", then=listed)]})
    ended = {"EngineVersion": {"enum": ["16.1"]}}
    write(folder / "engine_version_deprecated.json", {"allOf": [rule("postgres", given=ended)]})
    lists = [["db.m7g.large", "db.t4g.medium", "db.x2g.large"], ["db.m7g.large", "db.m7g.xlarge"]]
    rules = [rule("postgres", then={"DBInstanceClass": {"enum": one}}) for one in lists]
    write(folder / "dbinstanceclass_enum.json", {"eu-central-1": {"allOf": [rule("db2-se"), *rules]}})
    found = offers(tmp_path)
    assert found["versions"] == ["18.1", "18.9", "18.10"]
    assert found["classes"] == {"eu-central-1": {"m7g": "large"}}


def test_a_type_without_such_properties_has_an_empty_list(tmp_path: Path) -> None:
    names = {one.cfn for one in TYPES.values() if one.cfn}
    write(tmp_path / "providers" / "us-east-1.json", dict.fromkeys(names, "one"))
    write(tmp_path / "resources" / "one.json", {})
    found = create_only(tmp_path)
    assert {*found} == names
    assert not any(found.values())


@pytest.mark.parametrize("path", [CREATE_ONLY, OFFERS, ROOTS], ids=lambda path: path.stem)
def test_each_file_says_where_it_is_from(path: Path) -> None:
    source = facts(path)["source"]
    assert {*source} == {"package", "version", "date", "license"}
    assert moment(f"{source['date']}T00:00:00Z") < NOW


def test_importing_it_imports_nothing_heavy() -> None:
    """So that a test, or a list of all modules, may import it."""
    code = f"import sys, {main.__module__}; print(*{{'cryptography', 'pydantic_core', 'cfnlint'}} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "cryptography" not in found
    assert "cfnlint" not in found
