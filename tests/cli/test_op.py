"""`pp op`: every operation by its name."""

import io

import pytest

from pp_core.runtime import catalog
from tests.cli.conftest import Pp


def test_all_operations_are_listed_with_scope_and_help(pp: Pp) -> None:
    listed = {row["name"]: row for row in pp("op", "--format", "json").json}
    assert set(listed) == set(catalog.load_operations())
    assert listed["workouts.log"]["scope"] == "tenant"
    assert listed["workouts.log"]["help"].startswith("Log a workout")


def test_an_operation_runs_with_json_from_stdin(pp: Pp, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"name": "Amina Wanjiru"}'))
    assert pp("op", "tenants.add_member", "--json", "-").json["name"] == "Amina Wanjiru"


def test_a_request_that_is_not_right_says_what(pp: Pp, slug: str) -> None:
    assert pp("op", "tenants.list_members", "--json", "{").code == 2
    ran = pp("op", "tenants.list_members", "--json", '{"limt": 3}')
    assert ran.code == 2
    assert "limt" in ran.err


def test_an_unknown_operation_is_not_found(pp: Pp) -> None:
    assert pp("op", "workouts.lgo").code == 3


def test_the_schema_is_printed(pp: Pp) -> None:
    assert "text" in pp("op", "workouts.log", "--schema").json["request"]["properties"]
