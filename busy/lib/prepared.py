"""A query that every request asks, written once: Django takes far longer to write such SQL than PostgreSQL to answer.

Only for the few that nothing but values tells apart from one request to the next; all others are querysets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Expression, Model, QuerySet


class Given(Expression):
    """Stands in a prepared query where ``Prepared.rows`` puts the value it is given."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Prepared:
    """``build`` makes a queryset of ``values_list`` around the one value it is handed; it is called when first asked.

    What it says must not depend on the moment, the request or the workspace: the SQL is kept for all of them.
    """

    def __init__(self, build: Callable[[Given], QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._build = build
        self._written: tuple[str, tuple[Any, ...]] | None = None

    def rows(self, value: Any) -> list[tuple[Any, ...]]:
        if self._written is None:
            self._written = self._write()
        sql, parameters = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, tuple(value if isinstance(one, Given) else one for one in parameters))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def _write(self) -> tuple[str, tuple[Any, ...]]:
        """Raises TypeError for a column whose values Django would convert: they would come as the database has them."""
        compiler = self._build(Given()).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        if compiler.get_converters(column for column, *_ in compiler.select):
            raise TypeError("A prepared query takes values as PostgreSQL gives them.")
        return sql, tuple(parameters)


def columns_of(model: type[Model], before: str = "") -> list[str]:
    """What ``values_list`` is asked for, so that ``Model.from_db`` can make a whole object of it."""
    return [before + field.attname for field in model._meta.concrete_fields]
