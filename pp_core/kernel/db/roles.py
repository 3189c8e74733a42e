"""The database's roles: who may migrate, serve, look across gyms, ingest, work and back up."""

import re

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from .problems import DatabaseProblem

DATABASE = "progress_pulse"
LOGIN_ROLES = ("pp_owner", "pp_app", "pp_ingest", "pp_worker", "pp_admin")

_ATTRIBUTES = {
    "pp_owner": "LOGIN NOBYPASSRLS",
    "pp_app": "LOGIN NOBYPASSRLS",
    "pp_lookup": "NOLOGIN BYPASSRLS",
    "pp_ingest": "LOGIN NOBYPASSRLS",
    "pp_worker": "LOGIN NOBYPASSRLS",
    "pp_admin": "LOGIN BYPASSRLS",
}

_IN_DATABASE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO pp_owner, pp_lookup;
GRANT USAGE ON SCHEMA public TO pp_app, pp_ingest, pp_worker, pp_admin;
CREATE SCHEMA IF NOT EXISTS jobs AUTHORIZATION pp_worker;
GRANT USAGE ON SCHEMA jobs TO pp_app;
ALTER ROLE pp_worker IN DATABASE {database} SET search_path = public, jobs;
"""


class BypassingRole(DatabaseProblem):
    """The application would run as a role that row-level security does not hold."""

    code = "database.bypassing_role"


def create_roles(admin_url: str, passwords: dict[str, str]) -> None:
    """Create the roles that are missing and set the passwords given; needs a superuser or CREATEROLE."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Two first starts at once must not both create a role.
        connection.execute("SELECT pg_advisory_lock(hashtext('pp_roles'))")
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'pp\\_%'")}
        for role, attributes in _ATTRIBUTES.items():
            verb = sql.SQL("ALTER" if role in known else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(role), sql.SQL(attributes)))
            if role in passwords:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(passwords[role]))
                )
        # The owner hands functions and the queue to these roles; the worker opens gym transactions like the app.
        connection.execute("GRANT pp_lookup, pp_worker, pp_ingest TO pp_owner")
        connection.execute("GRANT pp_app TO pp_worker")
        connection.execute("GRANT pg_read_all_data TO pp_admin")


def create_database(admin_url: str, name: str = DATABASE) -> None:
    """Create the database when it is missing, with the extensions and schemas that migrations build on."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        raise ValueError(f"{name!r} is no plain database name")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('pp_database'))")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER pp_owner").format(sql.Identifier(name)))
    with psycopg.connect(with_database(admin_url, name), autocommit=True) as connection:
        connection.execute(sql.SQL(_IN_DATABASE).format(database=sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """The same server, role and password with another database."""
    return psycopg.conninfo.make_conninfo(url, dbname=name)


def with_role(url: str, role: str, password: str) -> str:
    """The same server and database as another role."""
    return psycopg.conninfo.make_conninfo(url, user=role, password=password)


def role_of(url: str) -> str:
    """The role that a URL signs in as."""
    return str(conninfo_to_dict(url).get("user", ""))


_SELF = """
SELECT current_user AS name, rolsuper, rolbypassrls,
       ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
                AND pg_has_role(current_user, c.relowner, 'USAGE') ORDER BY 1 LIMIT 3) AS owned
  FROM pg_roles WHERE rolname = current_user
"""


def refuse_bypassing_role(url: str) -> None:
    """Raise `BypassingRole` when the role of `url` is a superuser, has BYPASSRLS, or owns gyms' tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_SELF).fetchone()
    assert row is not None
    name, is_super, bypasses, owned = row
    why = (
        "is a superuser" if is_super else "has BYPASSRLS" if bypasses else f"owns {', '.join(owned)}" if owned else None
    )
    if why is not None:
        raise BypassingRole(
            f"The role {name} {why}, so row-level security would not hold; connect as pp_app (PP_DATABASE_URL).",
            role=name,
        )
