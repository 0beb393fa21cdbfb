"""PostgreSQL in the portal's namespace."""

from __future__ import annotations

from typing import ClassVar, Literal

from portal.contract import DATABASE_PASSWORD
from portal.models.database.engine import DatabaseSettings
from portal.models.scalars import Name, Size


class InClusterDatabaseSettings(DatabaseSettings):
    """PostgreSQL in the portal's namespace."""

    engine: Literal["in-cluster"] = "in-cluster"
    """PostgreSQL 18, deployed with the portal."""

    storage: Size = "5Gi"
    """The size of the volume."""

    storage_class: Name | None = None
    """The storage class of the volume. Default: the cluster's default class."""

    keep: bool = True
    """`false` deletes the data with the stack. With `true`, the namespace and the volume are protected and stay."""

    default: ClassVar[bool] = True
    own_image: ClassVar[bool] = True
    generated_secrets: ClassVar[tuple[str, ...]] = (DATABASE_PASSWORD,)

    @property
    def data_is_kept(self) -> bool:
        """As the stack says."""
        return self.keep
