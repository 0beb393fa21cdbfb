"""What `portal up` does to the file of a stack that ends: make it like another one, and move its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.base.address import AddressError, is_loopback, read_address
from portal.base.errors import InputError, SituationError, quoted
from portal.base.files import write_whole
from portal.base.lifetime import TTL_RULE, end_after, read_ttl
from portal.base.moment import moment_text
from portal.base.yaml_document import Value
from portal.command.context import Context
from portal.release.bundle import kept_releases
from portal.release.release import WORKSPACE
from portal.stack.secrets import generate, generated_names
from portal.stackfile.edit import KeyPath, edited
from portal.stackfile.generated import database_engine, team_stack
from portal.stackfile.lifetime import EXPIRES, LIKE, TTL, moved_end
from portal.stackfile.like import Own, notes_on, own_address, settings_of, text_like
from portal.stackfile.own_secrets import crypter_of, shells_passphrase, write_secrets
from portal.stackfile.pointer import RELEASE
from portal.stackfile.read import StackFile, read_stack_file


@dataclass(frozen=True)
class LikeOptions:
    """The options of `portal up` for a stack that is made like another one. None: as it is in the file."""

    like: str | None = None
    ttl: str | None = None
    url: str | None = None
    release: str | None = None

    @property
    def given(self) -> list[str]:
        """Those that are there, besides ``--like``."""
        options = {"--ttl": self.ttl, "--url": self.url, "--release": self.release}
        return [name for name, value in options.items() if value is not None]


def prepare_file(context: Context, stack: str, options: LikeOptions, now: datetime | None = None) -> None:
    """Make the stack's file if there is none, or else move its end. Does nothing for a stack that has no end.

    InputError, before anything is written, if an option is wrong or does not fit the stack.
    """
    _require_values(context, options)
    at = now or datetime.now(UTC)
    if context.checkout.stack_file(stack).is_file():
        _move(read_stack_file(context.checkout, stack), options, at)
    elif options.like is not None:
        _make(context, stack, options.like, options, at)
    elif options.given:
        raise SituationError(
            f"there is no stack {stack} (stacks/Pulumi.{stack}.yaml), and {' and '.join(options.given)} is for one that"
            " --like makes",
            f"to make it like another one, add --like: `portal up --stack {stack} --like dev`",
        )


def _make(context: Context, stack: str, like: str, options: LikeOptions, now: datetime) -> None:
    checkout = context.checkout
    other = read_stack_file(checkout, like)
    settings = settings_of(checkout, other)
    lifetime = read_ttl(options.ttl)
    own = Own(
        stack,
        options.url or own_address(checkout, other, settings, stack),
        {} if lifetime is None else {TTL: str(options.ttl), EXPIRES: moment_text(end_after(now, lifetime))},
        options.release,
    )
    if team_stack(other):
        # It is needed for the generated secrets. Without it, there shall be no file that looks finished.
        shells_passphrase()
    path = checkout.stack_file(stack)
    write_whole(path, text_like(other, settings, own))
    file = read_stack_file(checkout, stack)
    if team_stack(file):
        write_secrets(file, crypter_of(file), {name: generate() for name in generated_names(database_engine(file))})
    context.progress.note(f"Made {file.document.name} like {like}.")
    for note in notes_on(other, settings, own):
        context.progress.note(note)


def _move(file: StackFile, options: LikeOptions, now: datetime) -> None:
    like = file.values.get(LIKE)
    if like is None and (options.like is not None or options.given):
        words = " and ".join(["--like"] if options.like is not None else options.given)
        raise SituationError(
            f"the stack {file.stack} was not made with --like, and {words} is for such stacks only",
            "leave it out, or choose another name for the new stack",
            where=file.document.name,
        )
    if options.like is not None and like != options.like:
        raise SituationError(
            f"the stack {file.stack} was made like {like}, not like {options.like}",
            "leave --like out, or choose another name",
            where=file.where(("like",)),
        )
    url = file.values.get("portal:url")
    if options.url is not None and options.url != url:
        raise SituationError(
            f"the stack {file.stack} has the address {url}, and --url is for a stack that is made now",
            f"leave it out, or write `portal:url: {options.url}` into the file",
            where=file.where(("url",)),
        )
    if like is None:
        return
    changes: dict[KeyPath, Value] = moved_end(file, now, options.ttl)
    if options.release is not None and options.release != file.values.get(RELEASE):
        changes[file.path_of(RELEASE)] = options.release
    if changes:
        write_whole(file.path, edited(file.path, changes))


def _require_values(context: Context, options: LikeOptions) -> None:
    if options.ttl is not None and read_ttl(options.ttl) is None:
        raise InputError(where="--ttl", key="", got=quoted(options.ttl), allowed=TTL_RULE, fix="write --ttl 3d")
    if options.url is not None:
        _require_origin(options.url)
    if options.release is not None and options.release != WORKSPACE:
        kept = kept_releases(context.checkout)
        if options.release not in kept:
            raise InputError(
                where="--release",
                key="",
                got=quoted(options.release),
                allowed=f"a release in releases/ ({', '.join(kept) or 'there is none yet'})",
                fix="`portal build --push REGISTRY/portal` makes one of this checkout",
            )


def _require_origin(url: str) -> None:
    try:
        address = read_address(url)
    except AddressError as error:
        fix = error.fix
    else:
        if url == address.origin and (address.scheme == "http" or not is_loopback(url)):
            return
        fix = f"write http://{address.origin.partition('://')[2]}" if is_loopback(url) else f"write {address.origin}"
    raise InputError(
        where="--url",
        key="",
        got=quoted(url),
        allowed="an address without a path (https://portal.acme.example)",
        fix=fix,
    )
