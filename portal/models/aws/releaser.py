"""Who pushes releases from GitHub Actions."""

from __future__ import annotations

from portal.aws.github import subject_of_environment
from portal.models.aws.github import Environment, Repository
from portal.models.base import Model


class Releaser(Model):
    """The only jobs that may push images to the registry: those of one environment of one repository."""

    repository: Repository
    """The repository on GitHub."""

    environment: Environment = "release"
    """The environment of the repository. The default is that of `release.yml`."""

    @property
    def subject(self) -> str:
        """The subject of their tokens."""
        return subject_of_environment(self.repository, self.environment)
