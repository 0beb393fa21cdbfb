"""The file of a stack that is made like another one: a portal for a pull request, say, that ends by itself.

It has the other stack's settings, and what has to be its own: namespace, address, database, size. It takes over no
secret: a value that is encrypted for one stack opens in no other, and nobody should have to copy a salt. It takes over
no release, program or promotion either, because it runs something that no other stack has run, and that nobody has
signed: so it does not ask for a signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from portal.base.address import NAME_LENGTH, is_loopback, read_address
from portal.base.canonical import content_hash
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.ports import first_free_port
from portal.base.yaml_document import Value, parse_document
from portal.base.yaml_text import yaml_text
from portal.models.stack import StackSettings
from portal.plugins.load import load_sign_in
from portal.stack.settings import PREFIX, parse_settings
from portal.stackfile.edit import as_edited
from portal.stackfile.generated import checked_configuration
from portal.stackfile.lifetime import EXPIRES, LIKE
from portal.stackfile.pointer import RELEASE
from portal.stackfile.read import StackFile, has_secret, read_stack_file, values_of

# Ports of this machine for portals that have no address of their own.
PORTS = range(7100, 7200)
# A Kubernetes name, as `portal:namespace` takes it.
_LONGEST_NAME = 63
# What the other stack runs and who may reach it there, what it has promised, and how much of it there is.
_LEFT_OUT = (
    *("release", "program", "signedBy", "image", "promotion", "rolledBack", "hotfix"),
    *("secrets", "secretsManager", "like", "ttl", "expires", "replicas", "autoscaling", "service", "backup"),
)
_ENTRIES = ("ingress", "gateway")


@dataclass(frozen=True)
class Own:
    """What the new stack has of its own. ``lifetime`` are its keys ``portal:ttl`` and ``portal:expires``."""

    stack: str
    url: str
    lifetime: Mapping[str, str]
    release: str | None = None


def settings_of(checkout: Checkout, file: StackFile) -> StackSettings:
    """The settings in a stack's file. InputError if they are wrong; damaged secrets do not matter."""
    config, secret_keys = checked_configuration(checkout, file, complete=False)
    return parse_settings(config, secret_keys, file.where)


def own_address(checkout: Checkout, other: StackFile, settings: StackSettings, stack: str) -> str:
    """The address of a stack that is made like another one, if it follows from that: nobody else may have it.

    Behind an entry, it is the other's host with the stack's name in front. On this machine, it is a free port.
    SituationError if nothing follows.
    """
    if is_loopback(settings.url):
        return f"http://localhost:{first_free_port(PORTS, set(_local_ports(checkout)))}"
    address = read_address(settings.url)
    host = f"{stack}.{address.host}"
    if (settings.ingress is None and settings.gateway is None) or len(host) > NAME_LENGTH:
        raise SituationError(
            f"the address of {stack} does not follow from that of {other.stack} ({settings.url}), which no Ingress or"
            " Gateway of its own leads to"
            if len(host) <= NAME_LENGTH
            else f"the host {stack}.{address.host} would be too long",
            "choose one with --url; http://localhost:7100 is reached through a port that kubectl forwards",
        )
    return replace(address, host=host).origin


def own_namespace(other: str, stack: str) -> str:
    """The name of the namespace. A long one is cut off, and ends in a hash of all of it."""
    name = f"{other}-{stack}"
    if len(name) <= _LONGEST_NAME:
        return name
    end = content_hash(name)[:8]
    return f"{name[: _LONGEST_NAME - len(end) - 1].rstrip('-')}-{end}"


def text_like(other: StackFile, settings: StackSettings, own: Own) -> str:
    """The text of the new file, without secrets. ``settings`` are those of the other stack."""
    values: dict[str, Value] = {
        LIKE: other.stack,
        **own.lifetime,
        **({RELEASE: own.release} if own.release is not None else {}),
    }
    replaced: dict[str, Value] = {
        "url": own.url,
        "namespace": own_namespace(settings.namespace.name, own.stack),
        "database": settings.database.of_its_own,
    }
    left_out = {*_LEFT_OUT, *(_ENTRIES if is_loopback(own.url) else ())}
    for key, value in other.values.items():
        name = key.removeprefix(PREFIX)
        if name in replaced:
            values[key] = replaced.pop(name)
        elif not (key.startswith(PREFIX) and name in left_out) and not has_secret(value):
            values[key] = value
    config: dict[str, Value] = {**values, **{f"{PREFIX}{name}": value for name, value in replaced.items()}}
    text = (
        "# yaml-language-server: $schema=../docs/reference/stack.schema.json\n"
        f"# Made by `portal up --stack {own.stack} --like {other.stack}`, and yours to change."
        " `portal expire` removes it with its portal.\n"
        f"{as_edited(yaml_text({'config': config}))}"
    )
    _require_same(text, config, own.stack)
    return text


def notes_on(other: StackFile, settings: StackSettings, own: Own) -> Iterator[str]:
    """What a person has to know about the new stack, or has to do for it."""
    namespace = own_namespace(settings.namespace.name, own.stack)
    end = f"It ends at {own.lifetime[EXPIRES]}" if EXPIRES in own.lifetime else "It has no end (--ttl gives it one)"
    yield f"{own.stack} will be at {own.url}, in the namespace {namespace}. {end}."
    yield f"It has a database of its own, which is empty and not kept. No secret of {other.stack} was copied."
    for provider in settings.accounts:
        if load_sign_in()[provider].secrets:
            callback = f"{own.url}/api/auth/{provider}/handler/frame"
            yield f"Nobody can sign in with {provider} before {callback} is one of its callback addresses."
    tls = settings.ingress.tls_secret if settings.ingress is not None and not is_loopback(own.url) else None
    for name in (settings.images.pull_secret, tls):
        if name is not None:
            yield f"The Secret {name} has to be in the namespace {namespace}; {other.stack} has it in its own."
    for key, value in other.values.items():
        if has_secret(value) and key.removeprefix(PREFIX) != "secrets":
            yield f"{key} was left out, because it holds an encrypted value of {other.stack}."


def _local_ports(checkout: Checkout) -> Iterator[int]:
    """The ports of this machine that stacks of the checkout have, whether they run or not."""
    for name in checkout.stack_names():
        try:
            url = str(read_stack_file(checkout, name).values.get(f"{PREFIX}url"))
        except InputError:
            continue
        if is_loopback(url):
            yield read_address(url).tcp_port


def _require_same(text: str, config: Mapping[str, Value], stack: str) -> None:
    """Nothing may get another meaning on the way, such as a text that looks like a number."""
    read = parse_document(text.encode(), f"stacks/Pulumi.{stack}.yaml").data["config"]
    if not isinstance(read, dict) or values_of(read) != dict(config):
        raise PortalError(f"stacks/Pulumi.{stack}.yaml cannot be written for you. Write it by hand.")
