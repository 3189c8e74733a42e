"""Every check of this folder sees its rule broken: on tables, policies, keys, functions, handlers and the pipeline itself."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pp_core.identity.operations import ChangePassword, GetProfile, RevokeDevice, SignOut
from pp_core.kernel import handlers
from pp_core.kernel.context import Actor, ActorKind
from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Database
from pp_core.kernel.operation import Done, Operation
from pp_core.kernel.policy import Role
from pp_core.notifications.operations import ReceiveText
from pp_core.runtime import admission
from pp_core.runtime.pulse import Pulse
from pp_core.tenants.events import PersonLeft
from pp_core.tenants.operations import (
    AddBranch,
    GetGym,
    GetMember,
    ImportMembers,
    ListBranches,
    OnboardGym,
    PersonUnknown,
)
from tests.conftest import TestHome

from . import checks, probes, rows, schema, test_functions
from .world import World

PARTED = (
    "CREATE TABLE parted (tenant_id uuid) PARTITION BY LIST (tenant_id); ALTER TABLE parted ENABLE ROW LEVEL SECURITY;"
    " ALTER TABLE parted FORCE ROW LEVEL SECURITY; CREATE TABLE parted_one PARTITION OF parted DEFAULT;"
)
BREAKAGES = [
    (schema.unlisted_tables, "CREATE TABLE stray (id integer)", "stray"),
    (schema.unlisted_tables, "DROP TABLE visits CASCADE", "visits"),
    (schema.insecure_tables, "ALTER TABLE people NO FORCE ROW LEVEL SECURITY", "people"),
    (schema.insecure_tables, "ALTER TABLE people DISABLE ROW LEVEL SECURITY", "people"),
    (schema.insecure_tables, PARTED, "parted_one"),
    (schema.wrong_policies, "DROP POLICY people_tenant ON people", "people has 0 policies"),
    (schema.wrong_policies, "CREATE POLICY more ON people USING (true)", "people has 2 policies"),
    (schema.wrong_policies, "ALTER POLICY people_tenant ON people USING (true)", "people"),
    (schema.wrong_policies, "ALTER POLICY people_tenant ON people WITH CHECK (true)", "people"),
    (schema.wrong_policies, "ALTER POLICY people_tenant ON people TO pp_app", "people"),
    (schema.wrong_grants, "GRANT SELECT ON people TO PUBLIC", "people: PUBLIC"),
    (schema.wrong_grants, "GRANT DELETE ON audit_entries TO pp_app", "audit_entries"),
    (schema.wrong_grants, "REVOKE INSERT ON visits FROM pp_app", "visits"),
    (schema.wrong_grants, "GRANT SELECT ON people TO pp_app WITH GRANT OPTION", "pass the privilege on"),
    (schema.wrong_grants, "GRANT UPDATE (name) ON people TO pp_lookup", "people.name"),
    (schema.wrong_grants, PARTED + "GRANT SELECT ON parted_one TO pp_app", "parted_one"),
    (schema.wrong_keys, "ALTER TABLE people ADD UNIQUE (id)", "unique across gyms"),
    (
        schema.wrong_keys,
        "ALTER TABLE people ADD UNIQUE (id); ALTER TABLE visits ADD FOREIGN KEY (person_id) REFERENCES people (id)",
        "does not carry tenant_id",
    ),
    (
        schema.wrong_keys,
        "ALTER TABLE consents DROP CONSTRAINT pk_consents, ADD PRIMARY KEY (id)",
        "consents: the primary key",
    ),
    (schema.wrong_keys, "ALTER TABLE consents DROP CONSTRAINT pk_consents", "consents has no primary key"),
    (schema.bypassing_views, "CREATE VIEW everybody AS SELECT * FROM people", "everybody"),
    (schema.bypassing_views, "CREATE MATERIALIZED VIEW everybody AS SELECT * FROM people", "everybody"),
    (schema.wrong_roles, "ALTER ROLE pp_app BYPASSRLS", "pp_app has BYPASSRLS"),
    (schema.wrong_roles, "ALTER ROLE pp_worker CREATEROLE", "pp_worker may administer"),
    (schema.wrong_roles, "GRANT pp_lookup TO pp_app", "pp_app is a member"),
    (schema.wrong_roles, "ALTER TABLE people OWNER TO pp_app", "pp_app owns"),
    (schema.wrong_functions, "ALTER FUNCTION pp_login(text) OWNER TO pp_owner", "pp_login runs as pp_owner"),
    (schema.wrong_functions, "ALTER FUNCTION pp_login(text) RESET search_path", "pp_login has no fixed search_path"),
]


@pytest.mark.parametrize(("check", "breakage", "said"), BREAKAGES, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_schema_is_seen(
    admin: schema.Connection, check: Callable[..., schema.Findings], breakage: str, said: str
) -> None:
    with admin.transaction(force_rollback=True):
        admin.execute(breakage)  # type: ignore[arg-type]
        assert any(said in finding for finding in check(admin))
    assert check(admin) == []


@pytest.fixture(scope="module")
def copy(make_home: Callable[[], TestHome]) -> Iterator[tuple[schema.Connection, schema.Connection]]:
    """A database to break, as a superuser and as pp_app."""
    home = make_home()
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as admin, schema.connect(home.urls.app) as app:
        yield admin, app


@contextmanager
def broken(admin: schema.Connection, breakage: str, repair: str) -> Iterator[None]:
    """The database with one rule broken."""
    admin.execute(breakage)  # type: ignore[arg-type]
    try:
        yield
    finally:
        admin.execute(repair)  # type: ignore[arg-type]


Copy = tuple[schema.Connection, schema.Connection]
OFF, ON = "ALTER TABLE {} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {} ENABLE ROW LEVEL SECURITY"


@pytest.mark.parametrize("name", ["people", "visits", "tenants", "users", "user_sessions"])
def test_a_table_without_security_is_seen(copy: Copy, name: str) -> None:
    admin, app = copy
    with broken(admin, OFF.format(name), ON.format(name)):
        found = probes.cross_reads_and_writes(admin, app, name, rows.owner_row(), rows.owner_row())
        for said in ("is seen", "can be updated", "update of everything", "can be put into"):
            assert said in str(found)
        assert len(probes.without_setting(admin, app, name, rows.owner_row(), {})) >= 3


def test_a_policy_that_checks_no_writes_is_seen(copy: Copy) -> None:
    admin, app = copy
    rule = "tenant_id = current_setting('app.tenant_id')::uuid"
    with broken(
        admin,
        "ALTER POLICY branches_tenant ON branches WITH CHECK (true)",
        f"ALTER POLICY branches_tenant ON branches WITH CHECK ({rule})",
    ):
        found = str(probes.cross_reads_and_writes(admin, app, "branches", rows.owner_row(), rows.owner_row()))
        assert "can be put into" in found


def test_a_policy_that_forgives_a_missing_gym_is_seen(copy: Copy) -> None:
    admin, app = copy
    mild = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
    rule = "tenant_id = current_setting('app.tenant_id')::uuid"
    with broken(
        admin,
        f"ALTER POLICY visits_tenant ON visits USING ({mild})",
        f"ALTER POLICY visits_tenant ON visits USING ({rule})",
    ):
        assert probes.without_setting(admin, app, "visits", rows.owner_row(), {})


def test_a_key_without_the_gym_is_seen(copy: Copy) -> None:
    admin, _ = copy
    old = "FOREIGN KEY (tenant_id, person_id) REFERENCES people (tenant_id, id)"
    with broken(
        admin,
        "ALTER TABLE consents DROP CONSTRAINT fk_consents_tenant_id_person_id",
        f"DELETE FROM consents; ALTER TABLE consents ADD CONSTRAINT fk_consents_tenant_id_person_id {old}",
    ):
        assert "consents.person_id" not in str(
            probes.foreign_parents(admin, "visits", rows.owner_row(), rows.owner_row())
        )
        with admin.transaction(force_rollback=True):
            admin.execute("ALTER TABLE people ADD CONSTRAINT just_id UNIQUE (id)")
            admin.execute("ALTER TABLE consents ADD FOREIGN KEY (person_id) REFERENCES people (id)")
            found = probes.foreign_parents(admin, "consents", rows.owner_row(), rows.owner_row())
    assert found == ["consents.person_id can point into another gym's people"]


def test_an_open_platform_table_and_a_written_catalogue_are_seen(copy: Copy) -> None:
    admin, app = copy
    rule = "current_setting('app.scope') IN ('platform', 'system')"
    with broken(
        admin,
        "ALTER POLICY incoming_texts_platform ON incoming_texts USING (true) WITH CHECK (true)",
        f"ALTER POLICY incoming_texts_platform ON incoming_texts USING ({rule}) WITH CHECK ({rule})",
    ):
        assert len(probes.outside_scope(admin, app, "incoming_texts", "tenant")) == 3
    with broken(
        admin, "GRANT INSERT ON exercise_catalogue TO pp_app", "REVOKE INSERT ON exercise_catalogue FROM pp_app"
    ):
        assert probes.catalogue_writes(admin, app, "exercise_catalogue", rows.owner_row())


planted = test_functions.planted


@pytest.mark.parametrize(
    "name", ["pp_login", "pp_gyms", "pp_people_by_phone", "pp_invitation", "pp_channel_gym", "pp_gyms_called"]
)
def test_a_function_that_asks_for_no_scope_is_seen(
    admin: schema.Connection, app: schema.Connection, planted: test_functions.Planted, name: str
) -> None:
    row = admin.execute("SELECT pg_get_functiondef('pp_demand_scope(text[])'::regprocedure) AS code").fetchone()
    assert row is not None
    head = "CREATE OR REPLACE FUNCTION pp_demand_scope(VARIADIC p_scopes text[]) RETURNS void LANGUAGE plpgsql STABLE"
    blind = f"{head} AS 'BEGIN END'"
    with broken(admin, blind, row.code):
        assert test_functions.crossings(app, admin, planted, name)
    assert test_functions.crossings(app, admin, planted, name) == []


@pytest.fixture
async def spoilt(world: World) -> AsyncIterator[World]:
    """The world, with everything put back as it was after the test."""
    bound = dict(handlers._handlers)
    yield world
    handlers._handlers.clear()
    handlers._handlers.update(bound)
    for name in ("people", "user_sessions"):
        world.admin.execute(ON.format(name))  # type: ignore[arg-type]


def wrap(operation: type[Operation[Any]], before: Callable[..., Any]) -> None:
    """Have the handler of an operation do something more, first."""
    bound = handlers.handler_of(operation)

    async def worse(ctx: Any, op: Any) -> Any:
        await before(ctx, op)
        return await bound(ctx, op)

    handlers._handlers[operation] = worse


_ANYBODY = sql(
    "SELECT id, code, name, phone, email, language, roles, status, joined_on, branch_id FROM people WHERE id = %(id)s::uuid"
)


async def test_a_forgotten_filter_is_held_by_the_database_and_seen_without_it(spoilt: World) -> None:
    async def careless(ctx: Any, op: Any) -> Any:
        row = await ctx.tx.maybe(_ANYBODY, id=op.member)
        if row is None:
            raise PersonUnknown(member=op.member)
        return GetMember.result(**row._asdict(), has_pin=False, has_login=False, consented=True)

    handlers._handlers[GetMember] = careless
    assert await checks.other_gym(spoilt, GetMember) == []
    spoilt.admin.execute(OFF.format("people"))  # type: ignore[arg-type]
    assert "is told" in str(await checks.other_gym(spoilt, GetMember))


_END_ANY = sql("UPDATE user_sessions SET revoked_at = now() WHERE id = %(id)s")


async def test_a_session_ended_by_somebody_else_is_seen(spoilt: World) -> None:
    async def careless(ctx: Any, op: Any) -> Done:
        await ctx.tx.run(_END_ANY, id=op.session_id)
        return Done()

    handlers._handlers[RevokeDevice] = careless
    assert await checks.other_login(spoilt, RevokeDevice) == []
    spoilt.admin.execute(OFF.format("user_sessions"))  # type: ignore[arg-type]
    assert "changed user_sessions" in str(await checks.other_login(spoilt, RevokeDevice))


async def test_a_permission_that_nobody_asks_for_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_permit", lambda *_: None)
    assert "lacks branch:manage" in str(await checks.roles(spoilt, AddBranch, Role.CLIENT))


async def test_a_permission_that_nobody_gets_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "permissions_of", lambda _: frozenset())
    assert "holds gym:read" in str(await checks.roles(spoilt, GetGym, Role.CLIENT))


async def test_a_subscription_that_nobody_asks_for_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_permit", lambda *_: None)
    assert "a suspended gym changed" in str(await checks.suspended(spoilt, AddBranch))
    assert await checks.unentitled(spoilt, ImportMembers)


async def test_a_client_who_reaches_others_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pp_core.kernel.context.TenantContext.may", lambda *_: True)
    assert "not their own" in str(await checks.roles(spoilt, GetMember, Role.CLIENT))


async def test_an_unlocked_door_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def welcome(policy: Any, call: Any, tokens: Any) -> Any:
        who = spoilt.who(spoilt.a)
        return admission.Caller(
            Actor(ActorKind.OPERATOR, "operator:?", user_id=None), tenant_id=who.gym.id, platform=True
        )

    monkeypatch.setattr(admission, "authenticate", welcome)
    assert "Anonymous" in str(await checks.strangers(spoilt, AddBranch))
    assert "changed" in str(await checks.strangers(spoilt, AddBranch))
    assert await checks.wrong_sorts(spoilt, SignOut)


async def test_a_stranger_refused_from_a_public_operation_is_seen(spoilt: World) -> None:
    assert await checks.strangers_are_served(spoilt, GetGym)


async def test_a_super_admin_who_may_not_is_seen(spoilt: World) -> None:
    assert await checks.platform_people(spoilt, GetGym)


async def test_a_read_that_writes_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = sql("UPDATE branches SET city = city || '!' WHERE tenant_id = %(gym)s")

    async def scribble(ctx: Any, _op: Any) -> None:
        await ctx.tx.run(rename, gym=ctx.tenant_id)

    wrap(ListBranches, scribble)
    assert "internal" in str(await checks.reads(spoilt, ListBranches))
    plain = Database.transaction

    def writable(self: Database, *, read_only: bool = False) -> Any:
        return plain(self)

    monkeypatch.setattr(Database, "transaction", writable)
    found = str(await checks.reads(spoilt, ListBranches))
    assert "read-only mode is ['off']" in found
    assert "a read changed branches" in found


async def test_a_replay_that_acts_twice_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pulse, "_key", lambda *_: None)
    for operation in (AddBranch, OnboardGym):
        found = str(await checks.replays(spoilt, operation))
        assert "another request under the key" in found
        assert "replayed" in found


async def test_a_repetition_that_acts_twice_is_seen(spoilt: World) -> None:
    async def tell(ctx: Any, _op: Any) -> None:
        ctx.emit(PersonLeft(person_id=spoilt.who(spoilt.a).person_id))

    wrap(ReceiveText, tell)
    assert "a repetition changed" in str(await checks.repeats(spoilt, ReceiveText))


async def test_a_write_that_is_not_written_down_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Pulse._audit_values
    monkeypatch.setattr(Pulse, "_audit_values", lambda *given: {**plain(*given), "audit": None})
    assert "0 audit rows" in str(await checks.audits(spoilt, AddBranch))
    assert "0 audit rows" in str(await checks.roles(spoilt, AddBranch, Role.CLIENT))


async def test_a_write_written_down_wrongly_is_seen(spoilt: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Pulse._audit_values
    monkeypatch.setattr(Pulse, "_audit_values", lambda *given: {**plain(*given), "actor": "somebody"})
    assert "somebody" in str(await checks.audits(spoilt, AddBranch))


async def test_a_secret_in_the_audit_trail_is_seen(spoilt: World) -> None:
    async def tell(ctx: Any, op: Any) -> None:
        ctx.note.detail["was"] = op.current_password.get_secret_value()

    wrap(ChangePassword, tell)
    assert "secret in current_password" in str(await checks.audits(spoilt, ChangePassword))


async def test_the_world_is_as_it_was(spoilt: World) -> None:
    for operation, check in (
        (GetMember, checks.other_gym),
        (GetProfile, checks.other_login),
        (AddBranch, checks.audits),
    ):
        assert await check(spoilt, operation) == []
