"""What a deployed foundation gives to the stacks of portals: the value of its output ``aws``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.echo import printable
from portal.base.errors import SituationError
from portal.base.input_file import read_input
from portal.base.json_types import is_mapping
from portal.base.progress import Progress
from portal.base.yaml_document import KeyPath, Value, value_at
from portal.deploy.pulumi_cli import PulumiCli, team_stack_environment
from portal.deploy.pulumi_engine import pulumi
from portal.foundation import foundation_stacks
from portal.models.aws.place import Aws
from portal.models.base import validated
from portal.stackfile.edit import edited
from portal.stackfile.read import StackFile, target_in

KEY = "portal:aws"
# What every foundation gives.
_ALWAYS = ("account", "region", "vpc", "subnets", "boundary")
_LARGEST = 2**20


def choose_foundation(checkout: Checkout, named: str | None) -> str:
    """The foundation's stack: the named one, or the only one. SituationError if there is no such stack."""
    known = foundation_stacks(checkout)
    if named in known:
        return named
    listed = ", ".join(known)
    if named is not None:
        raise SituationError(
            f"the stack {named} is no foundation", f"name one of these: {listed}" if known else "make one"
        )
    if len(known) != 1:
        raise SituationError(
            f"there are several foundations ({listed})" if known else "there is no foundation",
            "choose one with --from" if known else "make one, or write the ids yourself",
        )
    return known[0]


def require_portal_on_aws(file: StackFile) -> None:
    """SituationError if a stack's file is not of a portal on AWS, which alone takes what a foundation gives."""
    target, name = target_in(file.values), str(file.values.get("portal:target"))
    if target is None or not (target.portal and target.on_aws):
        raise SituationError(
            f"the stack {file.stack} has the target {printable(name)}, and takes nothing of a foundation",
            "name the stack of a portal on AWS (`portal:target: aws`)",
            where=file.where(("target",)),
        )


def deployed_outputs(checkout: Checkout, stack: str, progress: Progress) -> Mapping[str, Value]:
    """The outputs of a stack in the team's Pulumi backend. SituationError if the backend does not have the stack."""
    cli = PulumiCli(pulumi(progress), checkout, stack, team_stack_environment())
    cli.require_stack()
    return _outputs(cli.outputs(), f"the outputs of {stack}")


def written_outputs(file: Path) -> Mapping[str, Value]:
    """The outputs in a file, as `pulumi stack output --json` prints them."""
    return _outputs(read_input(file, str(file), _LARGEST).decode(errors="replace"), str(file))


def _outputs(text: str, where: str) -> Mapping[str, Value]:
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise SituationError("this is no JSON", "give what `pulumi stack output --json` prints", where=where) from error
    given = found.get("aws") if is_mapping(found) else None
    if not is_mapping(given):
        raise SituationError(
            "there is no output `aws`", "deploy the foundation first: `pulumi up --stack <foundation>`", where=where
        )
    return given


def with_place(file: StackFile, given: Mapping[str, Value], where: str) -> str:
    """The text of a portal's stack file with what a foundation gives. Comments and everything else stay.

    Keys that the foundation does not give stay, such as the cluster of another team.
    InputError if the result is not what a portal's stack takes, as it is where a foundation was not deployed wholly.
    """
    before = file.values.get(KEY)
    own = {key: value for key, value in before.items() if key not in _ALWAYS} if is_mapping(before) else {}
    place = {**own, **given}
    validated(Aws, place, lambda path: _place_of(path, given, file, where), prefix=f"{KEY}.")
    return edited(file.path, {file.path_of(KEY): place})


def _place_of(path: KeyPath, given: Mapping[str, Value], file: StackFile, where: str) -> str:
    """What is missing is missing in both. Whoever has no cluster in the foundation writes it into the stack's file."""
    return where if value_at(given, path) is not None else file.where(("aws", *path))
