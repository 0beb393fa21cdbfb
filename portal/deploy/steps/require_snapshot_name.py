"""Step: require that the last snapshot of a database can be made."""

from __future__ import annotations

from portal.base.errors import PortalError, SituationError
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.probe.aws_account import AwsAccount, NotFoundError


class RequireSnapshotName(Step):
    """Fail if RDS could not name the snapshot that it makes before it deletes the database.

    It would refuse the deletion, after Pulumi has deleted the rest of the stack.
    """

    name = "snapshot-name"

    def run(self, deployment: Deployment) -> None:
        """See the class. Without an answer of AWS it goes on: Pulumi may have other credentials."""
        plan = deployment.plan
        place, name = plan.settings.aws, plan.settings.database.last_snapshot(plan.stack)
        if place is None or name is None:
            return
        try:
            AwsAccount(place.account, place.region).ask("rds", "describe_db_snapshots", DBSnapshotIdentifier=name)
        except NotFoundError:
            return
        except PortalError as error:
            deployment.progress.note(f"Whether there already is a snapshot {name} was not checked: {error}")
            return
        raise SituationError(
            f"there already is a snapshot {name}, so RDS would not delete the database after its last snapshot",
            "write another end of the name (`portal:database.finalSnapshotName`), and run `portal up`, then this again",
        )
