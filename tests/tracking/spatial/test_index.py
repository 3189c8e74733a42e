"""A search by box goes through its index under row-level security, and finds what reading every row finds."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

import migrations
from migrations import check
from tests.conftest import TestHome
from tests.isolation import rows, schema

MANY = (
    "INSERT INTO activities (tenant_id, id, person_id, sport, status, visibility, source, door, started_at, south, west,"
    " north, east) SELECT %(gym)s, gen_random_uuid(), %(person)s, 'run', 'finished', 'gym', 'file', 'rest',"
    " now() - n * interval '1 hour', lat, lon, lat + 0.01, lon + 0.01"
    " FROM (SELECT n, -4 + (n * 7919 %% 80000) / 10000.0 AS lat, 34 + (n * 1729 %% 70000) / 10000.0 AS lon"
    "         FROM generate_series(1, 30000) n) AS spread"
)
SEARCH = "SELECT id FROM pp_activities_in_box(%s, %s, %s, %s, %s, NULL, NULL, NULL, %s)"


@pytest.fixture(scope="module")
def many(home: TestHome) -> Iterator[UUID]:
    """A gym with thirty thousand activities all over Kenya, beside another with as many; both are gone afterwards."""
    assert home.urls.admin is not None
    gyms = [rows.owner_row() for _ in range(2)]
    with schema.connect(home.urls.admin) as everything:
        for gym in gyms:
            rows.make(everything, "tenants", gym)
            person = rows.make(everything, "people", gym)["id"]
            everything.execute(MANY, {"gym": gym["tenant_id"], "person": person})
        everything.execute("ANALYZE activities")
        yield gyms[0]["tenant_id"]
        everything.execute("DELETE FROM activities WHERE tenant_id = ANY (%s)", [[gym["tenant_id"] for gym in gyms]])
        everything.execute("ANALYZE activities")


def entered(home: TestHome, gym: UUID) -> psycopg.Connection[Any]:
    """A transaction as pp_app in the gym."""
    app = schema.connect(home.urls.app)
    app.autocommit = False
    for name, value in (("app.tenant_id", str(gym)), ("app.scope", "tenant")):
        app.execute("SELECT set_config(%s, %s, true)", [name, value])
    return app


def test_the_boxes_are_of_the_sort_that_is_there(home: TestHome) -> None:
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as everything:
        found = everything.execute(
            "SELECT format_type(prorettype, NULL) AS sort, EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis') AS postgis"
            "  FROM pg_proc WHERE proname = 'pp_extent'"
        ).fetchone()
    assert found is not None
    assert found.sort == ("geometry" if found.postgis else "box")


def test_the_schema_is_what_this_code_expects(home: TestHome) -> None:
    assert home.urls.owner is not None
    assert check.check(home.urls.owner) == []
    migrations.upgrade(home.urls.owner)
    assert check.check(home.urls.owner) == []


def test_a_search_uses_the_index_under_row_level_security(home: TestHome, many: UUID) -> None:
    """As pp_app, and so often that the plan is the one for whatever box."""
    with entered(home, many) as app:
        for _ in range(8):
            found = app.execute(SEARCH, [-1.3, 36.5, -1.0, 36.9, None, 200]).fetchall()
        used = app.execute(
            "SELECT pg_stat_get_xact_numscans('ix_activities_extent'::regclass) AS index,"
            " pg_stat_get_xact_numscans('activities'::regclass) AS whole"
        ).fetchone()
    assert 0 < len(found) < 200
    assert used is not None
    assert (used.index, used.whole) == (8, 0)


@pytest.mark.parametrize(
    "box", [(-1.3, 36.5, -1.0, 36.9), (-0.55, 35.123, 0.4, 36.5), (-90, -180, 90, 180), (9, 9, 10, 10)]
)
def test_both_ways_of_looking_find_the_same(home: TestHome, many: UUID, box: tuple[float, ...]) -> None:
    """What the index finds is what reading every row finds, and nothing of the other gym."""
    with entered(home, many) as app:
        by_index = app.execute(SEARCH, [*box, "run", 100_000]).fetchall()
        one_by_one = app.execute(
            "SELECT id FROM activities WHERE south <= %s AND north >= %s AND west <= %s AND east >= %s"
            " ORDER BY started_at DESC, id DESC", [box[2], box[0], box[3], box[1]]
        ).fetchall()  # fmt: skip
    assert by_index == one_by_one
    assert len(by_index) == {36.5: len(by_index), -180: 30_000, 9: 0}.get(box[1], len(by_index))


def test_another_gym_and_another_sport_are_not_found(home: TestHome, many: UUID) -> None:
    with entered(home, many) as app:
        assert app.execute(SEARCH, [-90, -180, 90, 180, "ride", 10]).fetchall() == []
    with entered(home, rows.owner_row()["tenant_id"]) as app:
        assert app.execute(SEARCH, [-90, -180, 90, 180, None, 10]).fetchall() == []
