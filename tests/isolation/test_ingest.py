"""`pp_ingest` puts points into one table and says that it did; it can neither read nor write anything else."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from pp_core.kernel.db.tables import tables
from tests.conftest import TestHome

from . import rows, schema
from .test_functions import LOOKS, Planted, ingested, planted

__all__ = ["planted"]

REFUSED = psycopg.errors.InsufficientPrivilege
POINTS = "activity_points"


@pytest.fixture
def ingest(home: TestHome) -> Iterator[schema.Connection]:
    """A connection as the writer of points, which has set what a request sets."""
    assert home.urls.ingest is not None
    with schema.connect(home.urls.ingest) as connection:
        yield connection


def enter(ingest: schema.Connection, planted: Planted) -> None:
    """Set everything that policies ask for: privileges alone have to hold."""
    for name, value in (("tenant_id", "tenant_id"), ("user_id", "user_id")):
        ingest.execute("SELECT set_config(%s, %s, false)", [f"app.{name}", str(planted.ours[value])])
    ingest.execute("SELECT set_config('app.scope', 'system', false)")


@pytest.mark.parametrize("name", sorted(schema.declared()))
def test_it_reads_and_changes_no_table(ingest: schema.Connection, planted: Planted, name: str) -> None:
    enter(ingest, planted)
    table = sql.Identifier(name)
    column = sql.Identifier(tables()[name].__table__.columns.keys()[0])
    attempts = [
        sql.SQL("SELECT {} FROM {}").format(column, table),
        sql.SQL("UPDATE {} SET {} = {}").format(table, column, column),
        sql.SQL("DELETE FROM {}").format(table),
        sql.SQL("TRUNCATE {}").format(table),
        sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(table),
    ]
    if name != POINTS:
        attempts.append(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table))
    for attempt in attempts:
        with pytest.raises(REFUSED), ingest.transaction():
            ingest.execute(attempt)


def test_it_puts_points_in_and_learns_nothing_from_it(
    ingest: schema.Connection, admin: schema.Connection, planted: Planted
) -> None:
    point = rows.build(admin, POINTS, planted.ours)
    names = sql.SQL(", ").join(map(sql.Identifier, point))
    values = sql.SQL(", ").join(map(sql.Placeholder, point))
    put = sql.SQL("INSERT INTO activity_points ({}) VALUES ({}) ").format(names, values)
    for asks in ("RETURNING lat", "ON CONFLICT (tenant_id, activity_id, device_ts) DO NOTHING"):
        with pytest.raises(REFUSED), ingest.transaction():
            ingest.execute(put + sql.SQL(asks), point)
    for wanted in (1, 0):
        assert ingest.execute(put + sql.SQL("ON CONFLICT DO NOTHING"), point).rowcount == wanted
    part = admin.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'activity_points'::regclass"
    )
    for (name,) in part.fetchall():
        with pytest.raises(REFUSED), ingest.transaction():
            ingest.execute(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.Identifier(name)))


@pytest.mark.parametrize("name", sorted(set(LOOKS) - {"pp_points_ingested"}))
def test_it_calls_no_function_that_sees_more(ingest: schema.Connection, planted: Planted, name: str) -> None:
    enter(ingest, planted)
    with pytest.raises(REFUSED), ingest.transaction():
        LOOKS[name](ingest, planted)


def test_it_tells_of_points_and_the_application_does_not(
    ingest: schema.Connection, app: schema.Connection, planted: Planted
) -> None:
    [told] = ingested(ingest, planted)
    assert (told.state, told.stored, told.emitted) == ("live", 0, True)
    with pytest.raises(REFUSED):
        ingested(app, planted)


def test_what_it_tells_of_leaves_no_gym_set(ingest: schema.Connection, planted: Planted) -> None:
    with ingest.transaction():
        ingested(ingest, planted)
        setting = ingest.execute("SELECT current_setting('app.tenant_id')").fetchone()
    assert setting is not None
    assert setting[0] == ""


def test_it_can_take_no_other_role(ingest: schema.Connection) -> None:
    for role in ("pp_app", "pp_worker", "pp_lookup", "pp_owner", "pp_admin"):
        with pytest.raises(REFUSED), ingest.transaction():
            ingest.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    with pytest.raises(REFUSED):
        ingest.execute("CREATE TABLE public.mine ()")
