"""No table lets one gym, one login or a gym's request reach what is another's: generated from the tables, tried as pp_app."""

import pytest

from pp_core.kernel.db.tables import Kind

from . import probes, rows, schema

TABLES = schema.declared()


def named(kind: Kind) -> list[str]:
    return [name for name, model in TABLES.items() if model.kind is kind]


@pytest.fixture(scope="module")
def ours() -> rows.Row:
    """A gym and a login that own rows."""
    return rows.owner_row()


@pytest.fixture(scope="module")
def theirs() -> rows.Row:
    """Another gym and another login."""
    return rows.owner_row()


@pytest.mark.parametrize("name", [*named(Kind.TENANT), *named(Kind.USER)])
def test_another_owner_sees_and_changes_nothing(
    admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row, theirs: rows.Row
) -> None:
    assert probes.cross_reads_and_writes(admin, app, name, ours, theirs) == []


@pytest.mark.parametrize("name", [name for name in named(Kind.TENANT) if rows.parents(name)])
def test_no_row_points_into_another_gym(admin: schema.Connection, name: str, ours: rows.Row, theirs: rows.Row) -> None:
    assert probes.foreign_parents(admin, name, ours, theirs) == []


@pytest.mark.parametrize(
    "settings", [{}, {"app.tenant_id": "", "app.user_id": "", "app.scope": "tenant"}], ids=["fresh", "reused"]
)
@pytest.mark.parametrize("name", [*named(Kind.TENANT), *named(Kind.USER)])
def test_without_an_owner_every_access_raises(
    admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row, settings: dict[str, str]
) -> None:
    assert probes.without_setting(admin, app, name, ours, settings) == []


@pytest.mark.parametrize("name", named(Kind.USER))
def test_a_gym_alone_opens_no_login(
    admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row
) -> None:
    settings = {"app.tenant_id": str(ours["tenant_id"]), "app.user_id": "", "app.scope": "tenant"}
    assert probes.without_setting(admin, app, name, ours, settings) == []


@pytest.mark.parametrize("name", named(Kind.TENANT))
def test_a_login_alone_opens_no_gym(
    admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row
) -> None:
    settings = {"app.user_id": str(ours["user_id"]), "app.tenant_id": "", "app.scope": "user"}
    assert probes.without_setting(admin, app, name, ours, settings) == []


@pytest.mark.parametrize("scope", ["", "public", "user", "tenant"])
@pytest.mark.parametrize("name", named(Kind.PLATFORM))
def test_the_platform_keeps_its_own(admin: schema.Connection, app: schema.Connection, name: str, scope: str) -> None:
    assert probes.outside_scope(admin, app, name, scope) == []


@pytest.mark.parametrize("name", named(Kind.PLATFORM))
def test_the_platform_needs_a_scope(
    admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row
) -> None:
    assert probes.without_setting(admin, app, name, ours, {}) == []


@pytest.mark.parametrize("name", named(Kind.PUBLIC))
def test_catalogues_are_read_only(admin: schema.Connection, app: schema.Connection, name: str, ours: rows.Row) -> None:
    assert probes.catalogue_writes(admin, app, name, ours) == []
