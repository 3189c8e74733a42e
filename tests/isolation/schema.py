"""What the database itself says of its tables, roles and functions, as findings; an empty list is what should be.

Read as a superuser, who sees everything; compared with what the models declare.
"""

import re
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from pp_core.kernel.db.tables import POLICY, Base, Kind, tables
from pp_core.runtime import catalog

Findings = list[str]
Connection = psycopg.Connection[Any]

NOT_OURS = {"alembic_version"}
"""Alembic's own table: pp_app reads the revision from it, nobody's data is in it."""

GLOBAL_UNIQUES = {
    ("tenants", ("slug",)): "a slug is a gym's public name in addresses; who asks for a taken one must be told",
    ("invitations", ("digest",)): "the digest of 256 random bits: nobody can ask for another gym's",
    ("trackers", ("digest",)): "the digest of 256 random bits: nobody can ask for another gym's",
    ("live_shares", ("digest",)): "the digest of 256 random bits: nobody can ask for another gym's",
    ("channels", ("kind", "address")): "an address leads to one gym only; who asks for a taken one must be told",
}
"""Unique constraints of tenant tables that cross gyms on purpose."""


def connect(url: str) -> Connection:
    """A superuser's (or any role's) connection in autocommit with named rows."""
    return psycopg.connect(url, autocommit=True, row_factory=namedtuple_row)


def declared() -> dict[str, type[Base]]:
    """Every mapped table by name."""
    catalog.load_models()
    return tables()


_TABLES = """
SELECT c.oid, c.relname AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced, c.relispartition AS is_part,
       pg_get_userbyid(c.relowner) AS owner,
       (SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid) AS parent
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'f', 'm') ORDER BY c.relname
"""


def unlisted_tables(connection: Connection) -> Findings:
    """Tables that no model maps, models without a kind, and models without a table."""
    found = connection.execute(_TABLES).fetchall()
    models = declared()
    names = {row.name for row in found}
    return [
        *(
            f"{r.name} is in the database and no model maps it"
            for r in found
            if _root(r) not in models and r.name not in NOT_OURS
        ),
        *(f"{name} is mapped and not in the database" for name in models if name not in names),
        *(f"{name} is of no kind" for name, model in models.items() if getattr(model, "kind", None) not in POLICY),
    ]


def _root(row: Any) -> str:
    return row.parent if row.is_part else row.name


def insecure_tables(connection: Connection) -> Findings:
    """Tables and partitions without row-level security that also holds their owner."""
    return [
        f"{row.name}: row-level security is {'not forced' if row.secured else 'off'}"
        for row in connection.execute(_TABLES)
        if row.name not in NOT_OURS and not (row.secured and row.forced)
    ]


_POLICIES = """
SELECT tablename, policyname, permissive, roles::text[] AS roles, cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2
"""
_PROBE = 'CREATE POLICY probe ON "policy_probe" USING ({rule}) {check}'


def wrong_policies(connection: Connection) -> Findings:
    """Tables whose policies are not exactly the one of their kind."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_POLICIES):
        found.setdefault(row.tablename, []).append(row)
    wanted = {kind: _as_postgres_writes(connection, kind) for kind in Kind}
    problems = []
    for row in connection.execute(_TABLES):
        model = declared().get(_root(row))
        if model is None:
            continue
        policies = found.get(row.name, [])
        if model.ingested and not row.is_part:
            wanted_for_ingest = ("pp_ingest", "INSERT", None, "true")
            ingesting = [p for p in policies if (",".join(p.roles), p.cmd, p.qual, p.with_check) == wanted_for_ingest]
            if len(ingesting) != 1:
                problems.append(f"{row.name} has no policy by which points of all gyms come in")
            policies = [policy for policy in policies if policy not in ingesting]
        if len(policies) != 1:
            problems.append(f"{row.name} has {len(policies)} policies, not one")
            continue
        one = policies[0]
        if (one.qual, one.with_check) != wanted[model.kind] or (one.permissive, one.cmd) != ("PERMISSIVE", "ALL"):
            problems.append(f"{row.name}: the policy {one.policyname} is not that of a {model.kind} table: {one.qual}")
        if one.roles != ["public"]:
            problems.append(f"{row.name}: the policy holds {one.roles} only")
    return problems


def _as_postgres_writes(connection: Connection, kind: Kind) -> tuple[str, str | None]:
    rule = POLICY[kind]
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE TABLE policy_probe (tenant_id uuid, user_id uuid)")
        check = "" if kind is Kind.PUBLIC else f"WITH CHECK ({rule})"
        connection.execute(_PROBE.format(rule=rule, check=check))  # type: ignore[arg-type]
        row = connection.execute("SELECT qual, with_check FROM pg_policies WHERE tablename = 'policy_probe'").fetchone()
    assert row is not None
    return row.qual, row.with_check


_GRANTS = """
SELECT c.relname AS name, c.relispartition AS is_part,
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS grantee,
       array_agg(a.privilege_type ORDER BY a.privilege_type) AS privileges, bool_or(a.is_grantable) AS may_pass_on
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.grantee <> c.relowner GROUP BY 1, 2, 3 ORDER BY 1, 3
"""
_COLUMN_GRANTS = """
SELECT c.relname AS name, t.attname AS column,
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS grantee,
       a.privilege_type AS privilege
  FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE n.nspname = 'public' ORDER BY 1, 2
"""


def wrong_grants(connection: Connection) -> Findings:
    """Privileges that are not as declared: pp_app has what its model says, pp_lookup reads columns, nobody else has any."""
    problems = []
    held: dict[str, set[str]] = {}
    for row in connection.execute(_GRANTS):
        if row.grantee == "pp_ingest" and row.name in declared() and declared()[row.name].ingested:
            if row.privileges != ["INSERT"]:
                problems.append(f"{row.name}: pp_ingest holds {', '.join(row.privileges)}")
        elif row.grantee != "pp_app":
            problems.append(f"{row.name}: {row.grantee} holds {', '.join(row.privileges)}")
        elif row.is_part:
            problems.append(f"{row.name} is a partition and pp_app may reach it past its parent")
        else:
            held[row.name] = set(row.privileges)
        if row.may_pass_on:
            problems.append(f"{row.name}: {row.grantee} may pass the privilege on")
    for name, model in declared().items():
        wanted = {privilege.strip() for privilege in model.grants.split(",")}
        if held.get(name, set()) != wanted:
            problems.append(f"{name}: pp_app holds {sorted(held.get(name, set()))}, declared is {sorted(wanted)}")
    for row in connection.execute(_COLUMN_GRANTS):
        if (row.grantee, row.privilege) != ("pp_lookup", "SELECT"):
            problems.append(f"{row.name}.{row.column}: {row.grantee} holds {row.privilege} on the column")
    return problems


_KEYS = """
SELECT c.relname AS name, k.contype::text AS kind, k.conname AS key,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY x(n, i) JOIN pg_attribute a
              ON a.attrelid = k.conrelid AND a.attnum = x.n ORDER BY x.i) AS columns,
       f.relname AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY x(n, i) JOIN pg_attribute a
              ON a.attrelid = k.confrelid AND a.attnum = x.n ORDER BY x.i) AS target_columns
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class f ON f.oid = k.confrelid
 WHERE n.nspname = 'public' AND k.contype IN ('p', 'f') ORDER BY 1, 3
"""
_UNIQUES = """
SELECT c.relname AS name, i.relname AS key,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY u(n, o) JOIN pg_attribute a
              ON a.attrelid = x.indrelid AND a.attnum = u.n ORDER BY u.o) AS columns
  FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND x.indisunique ORDER BY 1, 2
"""


def wrong_keys(connection: Connection) -> Findings:
    """Keys of tenant tables that do not carry the gym: primary, foreign and unique ones."""
    models = declared()
    tenant = {name for name, model in models.items() if model.kind is Kind.TENANT}
    problems = []
    for row in connection.execute(_KEYS):
        if row.name not in models:
            continue
        if row.kind == "p" and row.name in tenant:
            whose = "activity_id" if models[row.name].ingested else "id"
            wanted = ["tenant_id"] if row.name == "tenants" else ["tenant_id", whose]
            if row.columns[: len(wanted)] != wanted or (row.columns != wanted and row.name == "tenants"):
                problems.append(f"{row.name}: the primary key is ({', '.join(row.columns)})")
        if row.kind == "f" and (row.name in tenant or row.target in tenant):
            carried = list(zip(row.columns, row.target_columns, strict=True))
            if row.name not in tenant or row.target not in tenant:
                problems.append(f"{row.name}: {row.key} ties a gym's rows to {row.target}, which is not of a gym")
            elif ("tenant_id", "tenant_id") not in carried:
                problems.append(f"{row.name}: {row.key} does not carry tenant_id, so a row can point into another gym")
    primary = {row.name for row in connection.execute(_KEYS) if row.kind == "p"}
    problems += [f"{name} has no primary key" for name in models if name not in primary]
    for row in connection.execute(_UNIQUES):
        if (
            row.name in tenant
            and row.columns[0] != "tenant_id"
            and (row.name, tuple(row.columns)) not in GLOBAL_UNIQUES
        ):
            problems.append(f"{row.name}: {row.key} is unique across gyms and tells one what another has")
    return problems


_VIEWS = """
SELECT c.relname AS name, c.relkind::text AS kind, coalesce(c.reloptions::text, '') AS options
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


def bypassing_views(connection: Connection) -> Findings:
    """Views that read with their owner's rights; a materialized one holds every gym's rows by nature."""
    return [
        f"{row.name} reads past row-level security: make it security_invoker"
        for row in connection.execute(_VIEWS)
        if row.kind == "m" or not re.search(r"security_invoker=(true|on|1)", row.options)
    ]


_ROLES = """
SELECT r.rolname AS name, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolcanlogin,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
              WHERE m.member = r.oid ORDER BY 1) AS member_of
  FROM pg_roles r WHERE r.rolname LIKE 'pp\\_%' ORDER BY 1
"""
_OWNED = """
SELECT pg_get_userbyid(d.refobjid) AS owner, count(*) AS things FROM pg_shdepend d
 WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass
   AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) GROUP BY 1
"""
BYPASSING = {"pp_lookup", "pp_admin"}
MEMBERSHIPS = {
    "pp_owner": ["pp_ingest", "pp_lookup", "pp_worker"],
    "pp_worker": ["pp_app"],
    "pp_admin": ["pg_read_all_data"],
}
OWNERS = {"pp_owner", "pp_lookup", "pp_worker"}


def wrong_roles(connection: Connection) -> Findings:
    """Roles that may more than the architecture's table of roles says."""
    problems = []
    for row in connection.execute(_ROLES):
        if row.rolsuper or row.rolcreaterole or row.rolcreatedb or row.rolreplication:
            problems.append(f"{row.name} may administer the server")
        if row.rolbypassrls and row.name not in BYPASSING:
            problems.append(f"{row.name} has BYPASSRLS")
        if row.name == "pp_lookup" and row.rolcanlogin:
            problems.append("pp_lookup can log in")
        if row.member_of != MEMBERSHIPS.get(row.name, []):
            problems.append(f"{row.name} is a member of {row.member_of}")
    for row in connection.execute(_OWNED):
        if row.owner.startswith("pp_") and row.owner not in OWNERS:
            problems.append(f"{row.owner} owns {row.things} things")
    return problems


_FUNCTIONS = """
SELECT p.oid, n.nspname AS schema, p.proname AS name, pg_get_userbyid(p.proowner) AS owner, p.proconfig AS config,
       pg_get_function_identity_arguments(p.oid) AS arguments
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def definer_functions(connection: Connection) -> list[Any]:
    """Every function that runs with its owner's rights."""
    return connection.execute(_FUNCTIONS).fetchall()


def wrong_functions(connection: Connection) -> Findings:
    """SECURITY DEFINER functions of other owners, or whose names a caller could redirect."""
    problems = []
    for row in definer_functions(connection):
        if row.owner not in ("pp_lookup", "pp_worker") and row.name not in AS_OWNER:
            problems.append(f"{row.name} runs as {row.owner}")
        path = next((setting for setting in row.config or [] if setting.startswith("search_path=")), "")
        if not path.replace('"', "").endswith("pg_temp"):
            problems.append(f"{row.name} has no fixed search_path that ends in pg_temp: {path or 'none'}")
    return problems


AS_OWNER = {"pp_make_point_partitions", "pp_drop_point_partitions"}
"""Functions that run as the tables' owner, which alone can make and drop partitions."""
CHECKS = (
    unlisted_tables, insecure_tables, wrong_policies, wrong_grants, wrong_keys, bypassing_views, wrong_roles, wrong_functions,
)  # fmt: skip


def all_findings(connection: Connection) -> Iterable[str]:
    """Everything that any check finds."""
    for check in CHECKS:
        yield from check(connection)
