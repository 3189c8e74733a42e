"""Functions that see past row-level security give a gym's request nothing of another gym; the server refuses unsafe roles."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from pp_core.kernel.db import roles
from pp_core.kernel.ids import new_id
from tests.conftest import TestHome

from . import probes, rows, schema

GYM_ID_BY_NAME = "the slug is the gym's public name in addresses, and its id opens nothing"
SUMS_OF_JOBS = "how many jobs wait on this server and who works: a few numbers, and the queue knows no gym"


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
    tracker: str
    chat: str
    activity: UUID


Look = Callable[[schema.Connection, Planted], list[Any]]


def look(text: str, *names: str) -> Look:
    """A call of a function with planted values."""

    def run(app: schema.Connection, planted: Planted) -> list[Any]:
        return app.execute(text, [getattr(planted, name) for name in names]).fetchall()  # type: ignore[arg-type]

    return run


def ingested(app: schema.Connection, planted: Planted) -> list[Any]:
    """A flush as `pp_ingest` tells of it, with an activity of the other gym."""
    values = (planted.ours["tenant_id"], planted.activity)
    given = (
        "ARRAY[%s::uuid], ARRAY[%s::uuid], ARRAY[0], ARRAY[NULL::timestamptz], ARRAY[NULL::timestamptz],"
        " ARRAY[NULL::float8], ARRAY[NULL::float8], ARRAY[NULL::real], ARRAY[NULL::smallint], ARRAY[NULL::timestamptz],"
        " ARRAY[0::float8], ARRAY[0::float8], ARRAY[0::int8], ARRAY[1], ARRAY[true], ARRAY[true], ARRAY[gen_random_uuid()]"
    )
    return app.execute(f"SELECT * FROM pp_points_ingested(now(), 'x', {given})".encode(), values).fetchall()


def defer(app: schema.Connection, planted: Planted) -> list[Any]:
    gym = planted.ours["tenant_id"]
    return app.execute("SELECT jobs.pp_defer(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[]) AS nothing", [gym, gym]).fetchall()


LOOKS: dict[str, Look] = {
    "pp_activities_in_box": look(
        "SELECT * FROM pp_activities_in_box(-90, -180, 90, 180, NULL, NULL, NULL, NULL, 50) WHERE %s <> ''", "name"
    ),
    "pp_channel_gym": look("SELECT * FROM pp_channel_gym('sms', %s)", "address"),
    "pp_chat_location": look("SELECT * FROM pp_chat_location('planted', %s, 71)", "chat"),
    "pp_defer": defer,
    "pp_defer_tick": look("SELECT jobs.pp_defer_tick('nothing', %s) AS nothing", "slug"),
    "pp_drop_point_partitions": look("SELECT pp_drop_point_partitions('2000-01-01') AS names"),
    "pp_due_chat_locations": look("SELECT * FROM pp_due_chat_locations('2199-01-01Z', 1000)"),
    "pp_find_people": look("SELECT * FROM pp_find_people(%s, NULL, 'X', NULL, 50)", "name"),
    "pp_forgotten_activities": look("SELECT * FROM pp_forgotten_activities('2199-01-01Z', '2199-01-01Z', 1000)"),
    "pp_gym_by_slug": look("SELECT pp_gym_by_slug(%s) AS gym", "slug"),
    "pp_gyms_called": look("SELECT * FROM pp_gyms_called(%s)", "slug"),
    "pp_gyms": look("SELECT * FROM pp_gyms(NULL, 1000)"),
    "pp_incoming": look("SELECT * FROM pp_incoming('2000-01-01Z', '2000-01-01Z')"),
    "pp_invitation": look("SELECT * FROM pp_invitation(%s)", "invitation"),
    "pp_login": look("SELECT * FROM pp_login(%s)", "email"),
    "pp_make_point_partitions": look("SELECT pp_make_point_partitions(current_date, current_date) AS made"),
    "pp_message_by_gateway_id": look("SELECT * FROM pp_message_by_gateway_id(%s)", "gateway_id"),
    "pp_my_gyms": look("SELECT * FROM pp_my_gyms()"),
    "pp_opt_outs": look("SELECT * FROM pp_opt_outs(NULL, 50)"),
    "pp_people_by_phone": look("SELECT * FROM pp_people_by_phone(%s, NULL)", "phone"),
    "pp_points_ingested": ingested,
    "pp_queue_state": look("SELECT * FROM jobs.pp_queue_state()"),
    "pp_reach": look("SELECT * FROM pp_reach(%s)", "phone"),
    "pp_refresh_holder": look("SELECT pp_refresh_holder(%s) AS holder", "token"),
    "pp_search_people": look("SELECT * FROM pp_search_people('%%' || lower(%s) || '%%', NULL, NULL, NULL, 50)", "name"),
    "pp_shared_activity": look("SELECT * FROM pp_shared_activity(%s)", "token"),
    "pp_tracker": look("SELECT * FROM pp_tracker(%s)", "tracker"),
    "pp_unsealed_points": look("SELECT pp_unsealed_points('2000-01-01Z', '2199-01-01Z') AS any"),
    "pp_untiled_activities": look("SELECT * FROM pp_untiled_activities(1000)"),
    "pp_ussd_costs": look("SELECT * FROM pp_ussd_costs('2000-01-01Z', '2199-01-01Z', 'Africa/Nairobi')"),
    "pp_worker_state": look("SELECT * FROM jobs.pp_worker_state(10)"),
}
"""Each SECURITY DEFINER function, called with what is another gym's."""

Planting = Callable[[Planted, list[Any]], bool]
SEEN_ON_PURPOSE: dict[str, tuple[str, Planting]] = {
    "pp_gym_by_slug": (GYM_ID_BY_NAME, lambda planted, values: values == [planted.ours["tenant_id"]]),
    "pp_queue_state": (SUMS_OF_JOBS, lambda _planted, values: all(isinstance(value, int | float) for value in values)),
    "pp_worker_state": (SUMS_OF_JOBS, lambda _planted, values: all(isinstance(value, int | float) for value in values)),
}


@pytest.fixture
def planted(admin: schema.Connection) -> Planted:
    """A gym with a person, a login, an invitation, a channel, a message, an opt-out, a chat and a USSD session."""
    ours = rows.owner_row()
    mark = secrets.token_hex(6)
    phone = f"+2547{secrets.randbelow(10**8):08d}"
    made = Planted(
        ours,
        f"s{mark}",
        f"Zawadi {mark}",
        phone,
        f"{mark}@example.com",
        f"t{mark}",
        f"i{mark}",
        f"a{mark}",
        f"g{mark}",
        f"r{mark}",
        f"{secrets.randbelow(10**9)}",
        new_id(),
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
        "opt_outs": {"phone": phone, "ended_at": None},
        "chat_links": {
            "channel": "telegram",
            "address": "planted",
            "chat": made.chat,
            "phone": phone,
            "unlinked_at": None,
        },
        "chat_locations": {
            "bot": "planted",
            "chat": made.chat,
            "message_id": 71,
            "ended_at": None,
            "ends_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
        "activities": {"id": made.activity, "status": "live", "tiles": None},
        "live_shares": {"digest": made.token},
        "trackers": {"digest": made.tracker},
        "ussd_sessions": {"tenant_id": ours["tenant_id"]},
        "incoming_texts": {"tenant_id": ours["tenant_id"], "channel": "sms"},
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


@pytest.mark.parametrize(
    "name",
    [
        "pp_channel_gym",
        "pp_chat_location",
        "pp_due_chat_locations",
        "pp_find_people",
        "pp_forgotten_activities",
        "pp_gyms",
        "pp_gyms_called",
        "pp_incoming",
        "pp_login",
        "pp_opt_outs",
        "pp_people_by_phone",
        "pp_reach",
        "pp_search_people",
        "pp_tracker",
        "pp_untiled_activities",
        "pp_ussd_costs",
    ],
)
def test_the_functions_do_find(app: schema.Connection, planted: Planted, name: str) -> None:
    """What the test above tries would have told something."""
    scope = {
        "pp_login": "public",
        "pp_chat_of_phone": "tenant",
        "pp_search_people": "tenant",
        "pp_find_people": "tenant",
    }.get(name, "system")
    with app.transaction(force_rollback=True):
        probes.enter(app, planted.ours)
        app.execute("SELECT set_config('app.scope', %s, true)", [scope])
        told = LOOKS[name](app, planted)
        assert [value for row in told for value in row if value is not None]


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
