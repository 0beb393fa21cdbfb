"""PostgreSQL beside the portal."""

from __future__ import annotations

from typing import ClassVar, Literal

from portal.contract import DATABASE_PASSWORD
from portal.models.database.engine import DatabaseSettings
from portal.models.scalars import Name, Size


class InClusterDatabaseSettings(DatabaseSettings):
    """PostgreSQL beside the portal."""

    engine: Literal["in-cluster"] = "in-cluster"
    """PostgreSQL 18 in the portal's namespace."""

    storage: Size = "5Gi"
    """The size of its volume."""

    storage_class: Name | None = None
    """The class of its volume. Absent: the cluster's default."""

    keep: bool = True
    """`false` lets a destroy take the data along; otherwise namespace and volume are protected and outlive the rest."""

    default: ClassVar[bool] = True
    own_image: ClassVar[bool] = True
    generated_secrets: ClassVar[tuple[str, ...]] = (DATABASE_PASSWORD,)

    @property
    def data_is_kept(self) -> bool:
        """As the stack says."""
        return self.keep
