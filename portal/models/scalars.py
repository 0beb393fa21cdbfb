"""Texts with a fixed form: addresses, hosts, names, quantities. Their rules are in :mod:`portal.base`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from cryptography.x509 import load_pem_x509_certificates
from pydantic import AfterValidator, Field

from portal.base.address import AddressError, is_ip_address, is_name, is_registry, read_address, require_host
from portal.base.echo import has_controls
from portal.base.json_types import is_list, is_mapping
from portal.base.lifetime import END_RULE, TTL_RULE, read_end, read_ttl
from portal.base.names import SECRET_RULE, is_secret_name
from portal.base.quantity import quantity
from portal.models.base import refusal

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)(?!.*[.-]\.)(?!.*\.-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# As Backstage calls it: some of its providers have capitals (gcpIap).
_PROVIDER = re.compile(r"[a-z][A-Za-z0-9-]{0,62}")
_CPU = re.compile(r"[1-9][0-9]{0,8}m?")
_SIZE = re.compile(r"[1-9][0-9]{0,14}(k|[MGT]|[KMGT]i)")
MOST_CORES = 1000
MOST_BYTES = "1024Ti"


def _origin(text: str) -> str:
    allowed = "an address of scheme, host and port, without a path (https://portal.acme.example)"
    try:
        address = read_address(text)
    except AddressError as error:
        raise refusal(allowed, error.fix) from None
    if text != address.origin:
        raise refusal(allowed, f"write {address.origin}")
    return text


def origin(address: str) -> str:
    """Scheme, host and port of an address, as CORS and CSP rules name it. What is no address is its own origin."""
    try:
        return read_address(address).origin
    except AddressError:
        return address


def _address(text: str) -> str:
    try:
        read_address(text)
    except AddressError as error:
        raise refusal("an address with scheme and host (https://...)", error.fix) from None
    return text


def _https_address(text: str) -> str:
    allowed = "an address with https:// and a host"
    try:
        address = read_address(text)
    except AddressError as error:
        raise refusal(allowed, error.fix) from None
    if address.scheme != "https":
        raise refusal(allowed, f"write https://{text.removeprefix('http://')}")
    return text


def _host_name(text: str) -> str:
    allowed = "a host's name in lower case (db.acme.example)"
    try:
        host = require_host(text)
    except AddressError:
        raise refusal(allowed, "write the name alone, without a scheme or port") from None
    if is_ip_address(host):
        raise refusal(f"{allowed}, as certificates are issued for names", "write the name in its certificate")
    return text


def _registry(text: str) -> str:
    if not is_registry(text):
        raise refusal("a registry, with a path if it needs one (mirror.acme.example/hub)", "leave out scheme and tag")
    return text


def _line(text: str) -> str:
    if has_controls(text) or not text.strip():
        raise refusal("one line of text without control characters", "write it on one line, with visible characters")
    return text


def _secret_name(text: str) -> str:
    if not is_secret_name(text):
        raise refusal(SECRET_RULE, "rename it")
    return text


def _known_secrets_only(config: dict[str, Any]) -> dict[str, Any]:
    """A secret in app-config is ``{$secret: NAME}`` and nothing beside it: the name becomes that of a file."""
    _walk(config)
    return config


def _walk(value: object) -> None:
    if is_mapping(value):
        if "$secret" in value and not (len(value) == 1 and is_secret_name(value["$secret"])):
            raise refusal(f"{{$secret: NAME}} and nothing beside it, with {SECRET_RULE}", "correct the secret's name")
        for item in value.values():
            _walk(item)
    elif is_list(value):
        for item in value:
            _walk(item)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise refusal("up to 63 lower case letters, digits and dashes (RFC 1123)", "choose a name like my-portal")
    return text


def _provider_name(text: str) -> str:
    if not _PROVIDER.fullmatch(text):
        raise refusal("letters, digits and dashes, the first in lower case", "write a name like github")
    return text


def _object_name(text: str) -> str:
    if not is_name(text):
        raise refusal("lower case letters, digits, dashes and dots (RFC 1123)", "choose a name like nginx-internal")
    return text


def _bucket(text: str) -> str:
    if not _BUCKET.fullmatch(text):
        raise refusal(
            "the name of a bucket, 3 to 63 lower case letters, digits, dots and dashes", "write its name alone"
        )
    return text


def _cpu(text: str) -> str:
    if not _CPU.fullmatch(text) or quantity(text) > MOST_CORES:
        raise refusal(
            f"CPU cores, or thousandths of them (2, 500m), up to {MOST_CORES}", "write a whole number, or one with m"
        )
    return text


def _size(text: str) -> str:
    if not _SIZE.fullmatch(text) or quantity(text) > quantity(MOST_BYTES):
        raise refusal(f"a size in bytes with its unit (512Mi, 5Gi), up to {MOST_BYTES}", "write a number with its unit")
    return text


def _ttl(text: str) -> str:
    if read_ttl(text) is None:
        raise refusal(TTL_RULE, "write a number with h or d")
    return text


def _end(text: str) -> str:
    if read_end(text) is None:
        raise refusal(END_RULE, "write it in this form, or run `portal up --ttl 3d`, which writes it")
    return text


def _certificates(text: str) -> str:
    try:
        load_pem_x509_certificates(text.encode())
    except ValueError:
        raise refusal(
            "certificates in PEM (-----BEGIN CERTIFICATE-----)", "paste the certificate authority's file"
        ) from None
    return text


def at_least(least: str, why: str) -> Callable[[str], str]:
    """A rule for sizes: refuse one below ``least``. ``why`` completes the sentence."""

    def check(text: str) -> str:
        if quantity(text) < quantity(least):
            raise refusal(f"{least} or more, as {why}", f"write {least} or more")
        return text

    return check


_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_VALUE = re.compile(rf"({_LABEL_NAME})?")
_RESERVED_FOR_ANNOTATIONS = ("app.kubernetes.io", "kubernetes.io", "pulumi.com")
# Labels below these switch parts of Kubernetes: the security level of a namespace, where a pod may run.
_RESERVED_FOR_LABELS = ("kubernetes.io", "k8s.io", "pulumi.com")


def _metadata_key(text: str) -> str:
    prefix, slash, name = text.rpartition("/")
    if (slash and not is_name(prefix)) or not re.fullmatch(_LABEL_NAME, name):
        raise refusal(
            "a key like team or acme.example/team, with at most 63 characters after the slash", "correct the key"
        )
    return text


def _annotation_key(text: str) -> str:
    prefix = _metadata_key(text).rpartition("/")[0]
    if prefix in _RESERVED_FOR_ANNOTATIONS:
        raise refusal(f"a key without a reserved prefix ({', '.join(_RESERVED_FOR_ANNOTATIONS)})", "rename it")
    return text


def _label_key(text: str) -> str:
    prefix = _metadata_key(text).rpartition("/")[0]
    if any(prefix == one or prefix.endswith(f".{one}") for one in _RESERVED_FOR_LABELS):
        raise refusal(
            f"a key without a reserved prefix ({', '.join(_RESERVED_FOR_LABELS)}, and what ends in one)", "rename it"
        )
    return text


def _label_value(text: str) -> str:
    if not _LABEL_VALUE.fullmatch(text):
        raise refusal("up to 63 letters, digits, dashes, underscores and dots", "use an annotation for any other text")
    return text


Origin = Annotated[str, AfterValidator(_origin), Field(json_schema_extra={"format": "uri"})]
"""``scheme://host[:port]``, and nothing after it."""

WebAddress = Annotated[str, AfterValidator(_address), Field(json_schema_extra={"format": "uri"})]
"""An address of http or https, as :mod:`portal.base.address` reads it."""

HttpsAddress = Annotated[str, AfterValidator(_https_address), Field(json_schema_extra={"format": "uri"})]
"""The same, of https alone."""

HostName = Annotated[str, AfterValidator(_host_name), Field(json_schema_extra={"format": "hostname"})]
"""The name of a host; no IP address."""

Registry = Annotated[str, AfterValidator(_registry)]
"""A registry of images, with a path if it needs one."""

Line = Annotated[str, AfterValidator(_line)]
"""One line of text that people see, such as a title."""

SecretName = Annotated[str, AfterValidator(_secret_name)]
"""The name of a secret. Its rule is in :mod:`portal.base.names`."""

AppConfigPart = Annotated[dict[str, Any], AfterValidator(_known_secrets_only)]
"""A part of app-config that a person wrote."""

APP_CONFIG = (
    *("app", "auth", "backend", "discovery", "enableExperimentalRedirectFlow", "events", "home", "integrations"),
    *("kubernetes", "notifications", "permission", "proxy", "scaffolder", "search", "techdocs"),
)
"""Keys at the top of app-config that files of ours do not have. People paste them there."""

Name = Annotated[str, AfterValidator(_name)]
ProviderName = Annotated[str, AfterValidator(_provider_name)]
"""A Kubernetes object name (RFC 1123 label)."""

ObjectName = Annotated[str, AfterValidator(_object_name)]
"""A Kubernetes object name that may have dots (RFC 1123 subdomain)."""

BucketName = Annotated[str, AfterValidator(_bucket)]
"""The name of a bucket of S3, or of a service with its protocol."""

MetadataKey = Annotated[str, AfterValidator(_metadata_key)]
"""The key of a label or an annotation.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
"""

LabelKey = Annotated[str, AfterValidator(_label_key)]
"""The key of a label that neither the portal nor Kubernetes sets itself."""

AnnotationKey = Annotated[str, AfterValidator(_annotation_key)]
"""The key of an annotation that the portal does not set itself."""

LabelValue = Annotated[str, AfterValidator(_label_value)]
"""The value of a label."""

Certificates = Annotated[str, AfterValidator(_certificates)]
"""Certificates of an authority, in PEM."""

Cpu = Annotated[str, AfterValidator(_cpu)]
"""A Kubernetes quantity of CPU cores."""

Size = Annotated[str, AfterValidator(_size)]
"""A Kubernetes quantity of bytes."""

Ttl = Annotated[str, AfterValidator(_ttl)]
"""How long something lives. Its rule is in :mod:`portal.base.lifetime`."""

EndTime = Annotated[str, AfterValidator(_end), Field(json_schema_extra={"format": "date-time"})]
"""When something ends: RFC 3339 in UTC."""
