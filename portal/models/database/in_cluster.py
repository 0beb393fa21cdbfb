"""PostgreSQL in the portal's namespace."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from portal.contract import DATABASE_PASSWORD
from portal.models.database.engine import DatabaseSettings
from portal.models.scalars import Name, Size, at_least

# https://www.postgresql.org/docs/18/runtime-config-wal.html#GUC-MAX-WAL-SIZE
_JOURNAL = "PostgreSQL keeps up to 1 GB for its journal alone"


class InClusterDatabaseSettings(DatabaseSettings):
    """PostgreSQL in the portal's namespace."""

    engine: Literal["in-cluster"] = "in-cluster"
    """PostgreSQL 18, deployed with the portal."""

    storage: Annotated[Size, AfterValidator(at_least("1Gi", _JOURNAL))] = "5Gi"
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

    @property
    def of_its_own(self) -> dict[str, Any]:
        """Another one with a volume of the same kind."""
        chosen = self.model_dump(by_alias=True, exclude_defaults=True)
        return {**chosen, "keep": False}
