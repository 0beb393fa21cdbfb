"""An AWS account on loopback: STS, RDS, ELB and ACM, as far as `portal status` asks them, and secrets.

Answers have the shapes of the APIs' references, on the wires that botocore speaks: forms and XML, or JSON for ACM and
Secrets Manager.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import pytest

from portal.base.json_types import is_list, is_mapping
from portal.base.moment import moment_text
from tests.support.eks import ACCESS_KEY, with_credentials

ACCOUNT, REGION = "111122223333", "eu-central-1"
HOST = "portal.acme.example"
# Of the stack `test`.
NAME = "portal-test"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0a1b2c3d-0000-4000-8000-000000000001"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/{NAME}-1a2b3c4/0123456789abcdef"
PROOF = f"_0123456789abcdef.{HOST}"
# What the members of a list are called, where it is not `member`.
_MEMBERS = {
    "DBInstances": "DBInstance",
    "DBParameterGroups": "DBParameterGroup",
    "PendingMaintenanceActions": "ResourcePendingMaintenanceActions",
    "PendingMaintenanceActionDetails": "PendingMaintenanceAction",
}
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


def instance(**changes: Any) -> dict[str, Any]:
    """What RDS says of an instance that is well, with changes."""
    return {
        "DBInstanceIdentifier": NAME,
        "DbiResourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{NAME}",
        "DBInstanceStatus": "available",
        "DBInstanceClass": "db.m8g.large",
        "Engine": "postgres",
        "EngineVersion": "18.4",
        "AllocatedStorage": 50,
        "MaxAllocatedStorage": 250,
        "MultiAZ": True,
        "LatestRestorableTime": moment_text(datetime.now(UTC) - timedelta(minutes=4, seconds=5)),
        "PreferredMaintenanceWindow": "sun:04:00-sun:05:00",
        "PendingModifiedValues": {},
        "DBParameterGroups": [{"DBParameterGroupName": f"{NAME}-database-1a2b3c4", "ParameterApplyStatus": "in-sync"}],
        **changes,
    }


def group(name: str = f"{NAME}-1a2b3c4", *, used: bool = True) -> dict[str, Any]:
    """What ELB says of a target group."""
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/0123456789abcdef"
    return {"TargetGroupName": name, "TargetGroupArn": arn, "LoadBalancerArns": [BALANCER] if used else []}


def target(address: str, state: str = "healthy", reason: str = "", words: str = "") -> dict[str, Any]:
    """What ELB says of a target."""
    health = {"State": state, "Reason": reason, "Description": words}
    return {
        "Target": {"Id": address, "Port": 7007, "AvailabilityZone": f"{REGION}a"},
        "HealthCheckPort": "7007",
        "TargetHealth": {name: value for name, value in health.items() if value},
    }


def certificate(days: float | None = 200.5, **changes: Any) -> dict[str, Any]:
    """What ACM says of a certificate that ends in so many days; with None, of one that was not issued yet."""
    record = {"Name": f"{PROOF}.", "Type": "CNAME", "Value": "_x.acm-validations.aws."}
    proof = {
        "DomainName": HOST,
        "ValidationMethod": "DNS",
        "ValidationStatus": "PENDING_VALIDATION" if days is None else "SUCCESS",
        "ResourceRecord": record,
    }
    ends = {} if days is None else {"NotAfter": (datetime.now(UTC) + timedelta(days=days)).timestamp()}
    return {
        "CertificateArn": CERTIFICATE,
        "DomainName": HOST,
        "Status": "PENDING_VALIDATION" if days is None else "ISSUED",
        "Type": "AMAZON_ISSUED",
        "RenewalEligibility": "INELIGIBLE" if days is None else "ELIGIBLE",
        "DomainValidationOptions": [proof],
        **ends,
        **changes,
    }


def listed(arn: str = CERTIFICATE, **changes: Any) -> dict[str, Any]:
    """What ACM lists of a certificate."""
    named = {"CertificateArn": arn, "DomainName": HOST, "Type": "AMAZON_ISSUED"}
    return {**named, "Status": "ISSUED", "InUse": True, "CreatedAt": 1_790_000_000.0, **changes}


def denied(action: str) -> tuple[int, str, str]:
    """A refusal, for ``answers``."""
    return 403, "AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/someone is not authorized to perform: {action}"


def secrets(held: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What Secrets Manager answers that holds these texts by their names, for ``answers``. A tuple is a refusal."""

    def answer(asked: Mapping[str, Any]) -> Any:
        name = asked["SecretId"]
        found = held.get(name, (400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."))
        if is_list(found):
            return found
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"
        value = {"SecretBinary": "AAE="} if found is None else {"SecretString": found}
        return {"ARN": arn, "Name": name, "VersionId": asked.get("VersionId", "current"), **value}

    return answer


@dataclass
class Account:
    """The account. ``answers`` by action: what it says, or the status, code and message of a refusal, or raw text.

    Or a function from what it is asked to one of these.
    ``asked`` are the actions in the order of the questions, each with its service, and ``words`` what else each had.
    Those in ``hangs`` get no answer until the end.
    """

    answers: dict[str, Any]
    asked: list[str] = field(default_factory=list[str])
    words: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    hangs: set[str] = field(default_factory=set[str])
    ends: Event = field(default_factory=Event)
    port: int = 0


def well() -> dict[str, Any]:
    """The answers of an account where all is well."""
    return {
        "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/someone", "UserId": "AIDA"},
        "DescribeDBInstances": {"DBInstances": [instance()]},
        "DescribePendingMaintenanceActions": {"PendingMaintenanceActions": []},
        "DescribeTargetGroups": {"TargetGroups": [group("another-portal"), group()]},
        "DescribeTargetHealth": {"TargetHealthDescriptions": [target("10.40.64.11"), target("10.40.128.12")]},
        "ListCertificates": {"CertificateSummaryList": [listed()]},
        "DescribeCertificate": {"Certificate": certificate()},
    }


def _xml(tag: str, value: object) -> str:
    if is_mapping(value):
        inner = "".join(_xml(str(name), one) for name, one in value.items())
    elif is_list(value):
        inner = "".join(_xml(_MEMBERS.get(tag, "member"), one) for one in value)
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{tag}>{inner}</{tag}>"


@contextmanager
def account_on_loopback(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    """Such an account, which botocore finds in place of AWS, with credentials of a user there."""
    account = Account(well())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            signed = _CREDENTIAL.match(self.headers["authorization"])
            assert signed is not None
            assert signed.group(1, 2) == (ACCESS_KEY, REGION)
            called = self.headers.get("x-amz-target")
            form = dict(parse_qsl(body.decode())) if called is None else json.loads(body)
            action = called.partition(".")[2] if called is not None else form["Action"]
            account.asked.append(f"{signed[3]}:{action}")
            account.words[action] = form
            if action in account.hangs:
                account.ends.wait()
            answer = account.answers[action]
            if callable(answer):
                answer = answer(form)
            if isinstance(answer, str):
                self._send(200, answer)
            elif is_list(answer):
                status, code, message = answer
                error = {"Type": "Sender", "Code": code, "Message": message}
                as_json = json.dumps({"__type": code, "message": message})
                self._send(status, as_json if called else _xml("ErrorResponse", {"Error": error}))
            else:
                as_xml = _xml(f"{action}Response", {f"{action}Result": answer})
                self._send(200, json.dumps(answer) if called else as_xml)

        def _send(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is nothing to print."""

    server = Server(("127.0.0.1", 0), Handler)
    account.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with_credentials(monkeypatch, AWS_ENDPOINT_URL=f"http://127.0.0.1:{account.port}", NO_PROXY="127.0.0.1")
    try:
        yield account
    finally:
        account.ends.set()
        server.shutdown()
        server.server_close()
        thread.join()
