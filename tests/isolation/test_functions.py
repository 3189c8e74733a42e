"""Functions that see past row-level security give a gym's request nothing of another gym; the server refuses unsafe roles."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from pp_core.kernel.db import roles
from tests.conftest import TestHome

from . import probes, rows, schema

GYM_ID_BY_NAME = "the slug is the gym's public name in addresses, and its id opens nothing"
SUMS_OF_JOBS = "how many jobs wait on this server: four numbers, and the queue knows no gym"


@dataclass(frozen=True)
class Planted:
    """What stands in the other gym, and what a caller would have to know of it."""

    ours: rows.Row
    slug: str
    name: str
    phone: str
    email: str
    token: str
    invitation: str
    address: str
    gateway_id: str


Look = Callable[[schema.Connection, Planted], list[Any]]


def look(text: str, *names: str) -> Look:
    """A call of a function with planted values."""

    def run(app: schema.Connection, planted: Planted) -> list[Any]:
        return app.execute(text, [getattr(planted, name) for name in names]).fetchall()  # type: ignore[arg-type]

    return run


def defer(app: schema.Connection, planted: Planted) -> list[Any]:
    gym = planted.ours["tenant_id"]
    return app.execute("SELECT jobs.pp_defer(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[]) AS nothing", [gym, gym]).fetchall()


LOOKS: dict[str, Look] = {
    "pp_channel_gym": look("SELECT pp_channel_gym('sms', %s) AS gym", "address"),
    "pp_defer": defer,
    "pp_defer_tick": look("SELECT jobs.pp_defer_tick('nothing', %s) AS nothing", "slug"),
    "pp_gym_by_slug": look("SELECT pp_gym_by_slug(%s) AS gym", "slug"),
    "pp_gyms": look("SELECT * FROM pp_gyms(NULL, 1000)"),
    "pp_invitation": look("SELECT * FROM pp_invitation(%s)", "invitation"),
    "pp_login": look("SELECT * FROM pp_login(%s)", "email"),
    "pp_message_by_gateway_id": look("SELECT * FROM pp_message_by_gateway_id(%s)", "gateway_id"),
    "pp_my_gyms": look("SELECT * FROM pp_my_gyms()"),
    "pp_people_by_phone": look("SELECT * FROM pp_people_by_phone(%s)", "phone"),
    "pp_queue_state": look("SELECT * FROM jobs.pp_queue_state()"),
    "pp_refresh_holder": look("SELECT pp_refresh_holder(%s) AS holder", "token"),
    "pp_search_people": look("SELECT * FROM pp_search_people('%%' || lower(%s) || '%%', NULL, NULL, NULL, 50)", "name"),
}
"""Each SECURITY DEFINER function, called with what is another gym's."""

Planting = Callable[[Planted, list[Any]], bool]
SEEN_ON_PURPOSE: dict[str, tuple[str, Planting]] = {
    "pp_gym_by_slug": (GYM_ID_BY_NAME, lambda planted, values: values == [planted.ours["tenant_id"]]),
    "pp_queue_state": (SUMS_OF_JOBS, lambda _planted, values: all(isinstance(value, int | float) for value in values)),
}


@pytest.fixture
def planted(admin: schema.Connection) -> Planted:
    """A gym with a person, a login, an invitation, a channel and a message."""
    ours = rows.owner_row()
    mark = secrets.token_hex(6)
    phone = f"+2547{secrets.randbelow(10**8):08d}"
    made = Planted(
        ours, f"s{mark}", f"Zawadi {mark}", phone, f"{mark}@example.com", f"t{mark}", f"i{mark}", f"a{mark}", f"g{mark}"
    )
    gym = {**rows.build(admin, "tenants", ours), "slug": made.slug, "status": "active"}
    user = {**rows.build(admin, "users", ours), "email": made.email, "phone": phone}
    rows.insert(admin, "tenants", gym)
    rows.insert(admin, "users", user)
    changes = {
        "people": {"name": made.name, "phone": phone, "user_id": ours["user_id"], "status": "active"},
        "invitations": {"digest": made.invitation},
        "channels": {"kind": "sms", "address": made.address},
        "outgoing_messages": {"gateway_id": made.gateway_id},
        "refresh_tokens": {"digest": made.token},
    }
    for name, values in changes.items():
        rows.insert(admin, name, {**rows.build(admin, name, ours), **values})
    return made


def test_every_definer_function_is_tried(admin: schema.Connection) -> None:
    names = {row.name for row in schema.definer_functions(admin)}
    assert names == set(LOOKS)


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_a_gym_learns_nothing_of_another(
    app: schema.Connection, admin: schema.Connection, planted: Planted, name: str
) -> None:
    assert crossings(app, admin, planted, name) == []


def crossings(app: schema.Connection, admin: schema.Connection, planted: Planted, name: str) -> schema.Findings:
    """What the function tells a request of another gym."""
    theirs = rows.owner_row()
    rows.make(admin, "tenants", theirs)
    with app.transaction(force_rollback=True):
        probes.enter(app, theirs)
        try:
            with app.transaction():
                told = LOOKS[name](app, planted)
        except psycopg.errors.InsufficientPrivilege:
            return []
    values = [value for row in told for value in row if value not in (None, "")]
    if name in SEEN_ON_PURPOSE:
        reason, expected = SEEN_ON_PURPOSE[name]
        return [] if expected(planted, values) else [f"{name} tells more than agreed ({reason}): {values}"]
    return [f"{name} tells another gym {values}"] if values else []


@pytest.mark.parametrize("name", ["pp_login", "pp_search_people", "pp_gyms", "pp_people_by_phone"])
def test_the_functions_do_find(app: schema.Connection, planted: Planted, name: str) -> None:
    """What the test above tries would have told something."""
    scope = {"pp_login": "public", "pp_search_people": "tenant"}.get(name, "system")
    with app.transaction(force_rollback=True):
        probes.enter(app, planted.ours)
        app.execute("SELECT set_config('app.scope', %s, true)", [scope])
        assert LOOKS[name](app, planted)


def test_the_server_refuses_roles_that_bypass(home: TestHome) -> None:
    urls = home.urls
    roles.refuse_bypassing_role(urls.app)
    for url, why in ((urls.admin, "superuser"), (urls.owner, "owns")):
        assert url is not None
        with pytest.raises(roles.BypassingRole, match=why):
            roles.refuse_bypassing_role(url)


def test_the_server_refuses_a_bypassing_login(home: TestHome, admin: schema.Connection) -> None:
    admin.execute("DROP ROLE IF EXISTS bypassing_login")
    admin.execute("CREATE ROLE bypassing_login LOGIN BYPASSRLS PASSWORD 'x'")
    try:
        with pytest.raises(roles.BypassingRole, match="BYPASSRLS"):
            roles.refuse_bypassing_role(roles.with_role(home.urls.app, "bypassing_login", "x"))
    finally:
        admin.execute("DROP ROLE bypassing_login")
