"""A prepared query asks the same as the queryset that it was made from, each time of another value."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from busy.lib.prepared import Prepared, columns_of
from busy.workspaces.models import User
from integrations.models import Connection
from tests.people import Person


def test_the_same_rows_as_the_queryset_one_query_each(anna: Person, bo: Person) -> None:
    columns = columns_of(User)
    prepared = Prepared(lambda email: User.objects.filter(email=email, is_active=True).values_list(*columns))
    with CaptureQueriesContext(connection) as queries:
        for person in (anna, bo, anna):
            (row,) = prepared.rows(person.user.email)
            found = User.from_db("default", columns, row)
            assert {name: getattr(found, name) for name in columns} == {
                name: getattr(person.user, name) for name in columns
            }
        assert prepared.rows("nobody@busy.example") == []
    assert len(queries) == 4


def test_what_django_would_convert_is_not_taken_as_it_comes(db: None) -> None:
    """A list in JSON comes from PostgreSQL as text."""
    prepared = Prepared(lambda key: Connection.across_workspaces.filter(pk=key).values_list("problem"))
    with pytest.raises(TypeError):
        prepared.rows(1)
