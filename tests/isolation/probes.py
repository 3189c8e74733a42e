"""Attempts to reach another gym's, another login's or the platform's rows as pp_app; what got through is a finding."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from pp_core.kernel.db.tables import Kind

from . import rows
from .rows import Row
from .schema import Connection, Findings, declared

NO_SETTING = ("42704", "22P02")  # undefined_object on a fresh connection; '' is no uuid on a used one
REFUSED = "42501"  # insufficient_privilege: not granted, or against the policy
NO_PARENT = "23503"  # foreign_key_violation

Attempt = Callable[[], str | None]
"""The SQLSTATE of the refusal, or None when the statement went through."""


def cross_reads_and_writes(admin: Connection, app: Connection, name: str, ours: Row, theirs: Row) -> Findings:
    """What `theirs`, set as gym and user, can do to a row of `ours` in table `name`."""
    row = rows.make(admin, name, ours)
    key = rows.key_of(name, row)
    before = _stored(admin, name, key)
    problems = []
    with app.transaction(force_rollback=True):
        enter(app, theirs)
        if _count(app, name, key):
            problems.append(f"{name}: another owner's row is seen")
        if _touch(app, name, key) not in (0, REFUSED):
            problems.append(f"{name}: another owner's row can be updated")
        if _touch(app, name, None) != REFUSED and _stored_within(app, admin, name, key, before):
            problems.append(f"{name}: an update of everything reaches another owner's row")
        if _delete(app, name, key) not in (0, REFUSED):
            problems.append(f"{name}: another owner's row can be deleted")
        foreign = _next(rows.build(admin, name, ours), name, ours)
        if _attempt(app, lambda: rows.insert(app, name, foreign)) != REFUSED:
            problems.append(f"{name}: a row can be put into another owner's place")
        problems += _moves(admin, app, name, ours, theirs)
    if _stored(admin, name, key) != before:
        problems.append(f"{name}: another owner's row was changed")
    return problems


def _stored_within(app: Connection, admin: Connection, name: str, key: Row, before: Any) -> bool:
    # The update is not committed, so another session cannot see it: ask for a lock that it would hold.
    text = sql.SQL("SELECT 1 FROM {} WHERE {} FOR UPDATE NOWAIT").format(sql.Identifier(name), _where(key))
    return _attempt(admin, lambda: admin.execute(text, key)) is not None


def _moves(admin: Connection, app: Connection, name: str, ours: Row, theirs: Row) -> Findings:
    """A row of one's own must not move to another owner."""
    own = rows.key_of(name, rows.make(admin, name, theirs))
    column = "tenant_id" if declared()[name].kind is Kind.TENANT else "user_id"
    text = sql.SQL("UPDATE {} SET {} = %(to)s WHERE {}").format(
        sql.Identifier(name), sql.Identifier(column), _where(own)
    )
    went = _attempt(app, lambda: app.execute(text, {**own, "to": ours[column]}))
    return [] if went in (REFUSED, NO_PARENT) else [f"{name}: a row can be moved to another owner ({went})"]


def foreign_parents(admin: Connection, name: str, ours: Row, theirs: Row) -> Findings:
    """Columns of `name` by which a row of one gym can point to a row of another; tried past row-level security."""
    problems = []
    for column, parent in rows.parents(name):
        target = rows.key_of(parent, rows.make(admin, parent, ours))
        row = {**rows.build(admin, name, theirs), column: target["id"]}
        with admin.transaction(force_rollback=True):
            if _attempt(admin, partial(rows.insert, admin, name, row)) != NO_PARENT:
                problems.append(f"{name}.{column} can point into another gym's {parent}")
    return problems


def without_setting(admin: Connection, app: Connection, name: str, ours: Row, settings: Mapping[str, str]) -> Findings:
    """What pp_app may do in `name` with only `settings` set: reading and writing must raise."""
    row = rows.build(admin, name, ours)
    key = rows.key_of(name, rows.make(admin, name, ours))
    attempts: dict[str, Callable[[], Any]] = {
        "read": lambda: _count(app, name, None),
        "update": lambda: _demand(_touch(app, name, key)),
        "delete": lambda: _demand(_delete(app, name, key)),
        "insert": lambda: rows.insert(app, name, _next(row, name, ours)),
    }
    problems = []
    with app.transaction(force_rollback=True):
        for setting, value in settings.items():
            app.execute("SELECT set_config(%s, %s, true)", [setting, value])
        for what, attempt in attempts.items():
            if _attempt(app, attempt) not in (*NO_SETTING, REFUSED):
                problems.append(f"{name}: {what} does not raise with {dict(settings) or 'nothing'} set")
    return problems


def outside_scope(admin: Connection, app: Connection, name: str, scope: str) -> Findings:
    """What a platform table shows and takes in a scope that is not the platform's."""
    row = rows.make(admin, name, rows.owner_row())
    key = rows.key_of(name, row)
    fresh = rows.build(admin, name, rows.owner_row())
    problems = []
    with app.transaction(force_rollback=True):
        app.execute("SELECT set_config('app.scope', %s, true)", [scope])
        if _count(app, name, None):
            problems.append(f"{name} is seen in the {scope} scope")
        if _touch(app, name, key) not in (0, REFUSED) or _delete(app, name, key) not in (0, REFUSED):
            problems.append(f"{name} is changed in the {scope} scope")
        if _attempt(app, lambda: rows.insert(app, name, fresh)) != REFUSED:
            problems.append(f"{name} takes rows in the {scope} scope")
    return problems


def catalogue_writes(admin: Connection, app: Connection, name: str, ours: Row) -> Findings:
    """Ways in which a gym can change a shipped catalogue."""
    row = rows.build(admin, name, ours)
    with app.transaction(force_rollback=True):
        enter(app, ours)
        allowed = {
            "inserts": _attempt(app, lambda: rows.insert(app, name, row)),
            "updates": _touch(app, name, None),
            "deletes": _delete(app, name, None),
        }
        read = _attempt(app, lambda: _count(app, name, None))
    return [f"{name}: a gym {what} rows" for what, went in allowed.items() if went != REFUSED] + (
        [] if read is None else [f"{name} cannot be read"]
    )


def enter(app: Connection, owner: Row) -> None:
    """Set gym, user and the scope of a gym's request, as the pipeline does."""
    app.execute(
        "SELECT set_config('app.tenant_id', %s, true) AS gym, set_config('app.user_id', %s, true) AS login,"
        " set_config('app.scope', 'tenant', true) AS scope",
        [str(owner["tenant_id"]), str(owner["user_id"])],
    )


def _next(row: Row, name: str, ours: Row) -> Row:
    """A row that clashes with no other: tables of one row an owner get a new owner that is still not the caller."""
    if [column.name for column in rows.table(name).primary_key] == ["tenant_id"]:
        return {**row, "tenant_id": rows.owner_row()["tenant_id"]}
    if [column.name for column in rows.table(name).primary_key] == ["user_id"]:
        return {**row, "user_id": rows.owner_row()["user_id"]}
    return row


def _attempt(connection: Connection, act: Callable[[], Any]) -> str | None:
    try:
        with connection.transaction():
            act()
    except psycopg.Error as error:
        return error.sqlstate or "?"
    return None


def _demand(went: int | str) -> None:
    """Raise again what `_touch` or `_delete` swallowed."""
    if isinstance(went, str):
        raise psycopg.errors.lookup(went)


def _where(key: Row) -> sql.Composable:
    return sql.SQL(" AND ").join(sql.SQL("{} = {}").format(sql.Identifier(c), sql.Placeholder(c)) for c in key)


def _count(connection: Connection, name: str, key: Row | None) -> int:
    condition = sql.SQL("") if key is None else sql.SQL(" WHERE ") + _where(key)
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}{}").format(sql.Identifier(name), condition), key
    ).fetchone()
    assert row is not None
    return int(row[0])


def _touch(connection: Connection, name: str, key: Row | None) -> int | str:
    column = sql.Identifier(next(c.name for c in rows.table(name).columns if c.computed is None))
    text = sql.SQL("UPDATE {} SET {} = {}").format(sql.Identifier(name), column, column)
    return _changed(connection, text, key)


def _delete(connection: Connection, name: str, key: Row | None) -> int | str:
    return _changed(connection, sql.SQL("DELETE FROM {}").format(sql.Identifier(name)), key)


def _changed(connection: Connection, text: sql.Composable, key: Row | None) -> int | str:
    if key is not None:
        text = text + sql.SQL(" WHERE ") + _where(key)
    count = 0

    def act() -> None:
        nonlocal count
        count = connection.execute(text, key).rowcount

    return _attempt(connection, act) or count


def _stored(admin: Connection, name: str, key: Row) -> Any:
    text = sql.SQL("SELECT t.xmin::text, t.ctid::text FROM {} t WHERE {}").format(sql.Identifier(name), _where(key))
    return admin.execute(text, key).fetchone()
