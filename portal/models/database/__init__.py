"""The databases that a stack can choose: one module for each engine, found by its file.

The module says everything that follows from choosing the engine. ``stacks/database.py`` builds the database.
"""

from __future__ import annotations

import operator
import pkgutil
from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from portal.base.json_types import is_mapping
from portal.models.database.engine import DatabaseSettings

__all__ = ["DEFAULT_ENGINE", "ENGINES", "Database", "DatabaseSettings", "default_database"]


def _engines() -> dict[str, type[DatabaseSettings]]:
    """The settings of every engine by its name: a class of a module of this package."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    classes: list[Any] = [item for module in modules for item in vars(module).values()]
    found = [
        one
        for one in dict.fromkeys(item for item in classes if isinstance(item, type))
        if issubclass(one, DatabaseSettings) and one is not DatabaseSettings
    ]
    return {_name(one): one for one in sorted(found, key=lambda one: (not one.default, _name(one)))}


def _name(engine: type[DatabaseSettings]) -> str:
    return str(get_args(engine.model_fields["engine"].annotation)[0])


ENGINES: Mapping[str, type[DatabaseSettings]] = _engines()
DEFAULT_ENGINE = next(name for name, engine in ENGINES.items() if engine.default)


def _default_engine(given: object) -> object:
    return {"engine": DEFAULT_ENGINE, **given} if is_mapping(given) else given


def default_database() -> DatabaseSettings:
    """The database of a stack that does not choose one."""
    return ENGINES[DEFAULT_ENGINE].model_validate({"engine": DEFAULT_ENGINE})


if TYPE_CHECKING:
    Database: TypeAlias = DatabaseSettings
else:
    Database = Annotated[
        reduce(operator.or_, ENGINES.values()), BeforeValidator(_default_engine), Field(discriminator="engine")
    ]
