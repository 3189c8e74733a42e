"""Whether a database is what this code expects: schema, row-level security, grants and functions, read from its catalogue."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg.rows import namedtuple_row

from migrations import engine_for, state, wanted
from pp_core.kernel.db.tables import POLICY, Base, Kind, is_compared, tables
from pp_core.runtime import catalog

OWNER = "pp_owner"
_UNLISTED = frozenset({"alembic_version"})

# What an extension brought (PostGIS's spatial_ref_sys) is its own affair.
_OF_EXTENSION = "SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'"
_TABLES = f"""
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, pg_get_userbyid(c.relowner) AS owner,
       c.relispartition AS partition,
       (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parent,
       ARRAY(SELECT a.attname::text FROM pg_index x, unnest(x.indkey) WITH ORDINALITY k(number, place)
               JOIN pg_attribute a ON a.attnum = k.number
              WHERE x.indrelid = c.oid AND x.indisprimary AND a.attrelid = c.oid ORDER BY k.place) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT EXISTS ({_OF_EXTENSION}) ORDER BY c.relname
"""
_POLICIES = """
SELECT tablename AS name, policyname AS policy, permissive, roles::text[] AS roles, cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname
"""
_GRANTS = f"""
SELECT c.relname AS name, c.relkind AS kind, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS role,
       a.privilege_type AS privilege
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.grantee <> c.relowner AND NOT EXISTS ({_OF_EXTENSION})
"""
_COLUMN_GRANTS = """
SELECT DISTINCT c.relname AS name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS role,
       a.privilege_type AS privilege
  FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
       aclexplode(t.attacl) a
 WHERE n.nspname = 'public'
"""
_FOREIGN_KEYS = """
SELECT k.conname AS name, k.conrelid::regclass::text AS source, k.confrelid::regclass::text AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) n JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n)
         AS columns
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE k.contype = 'f' AND n.nspname = 'public' AND k.conparentid = 0
"""
_UNIQUES = """
SELECT c.relname AS name, i.relname AS index,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) n
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n) AS columns
  FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE x.indisunique AND n.nspname = 'public'
"""
_VIEWS = f"""
SELECT c.relname AS name, c.relkind AS kind, 'security_invoker=true' = ANY (coalesce(c.reloptions, '{{}}')) AS invoker
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm') AND NOT EXISTS ({_OF_EXTENSION})
"""
_DEFINERS = """
SELECT p.proname AS name, pg_get_userbyid(p.proowner) AS owner,
       EXISTS (SELECT FROM unnest(p.proconfig) o WHERE o LIKE 'search_path=%') AS fixed_path
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname IN ('public', 'jobs')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_ROLES = """
SELECT rolname AS name, rolsuper AS super, rolbypassrls AS bypass, rolcanlogin AS login
  FROM pg_roles WHERE rolname IN ('pp_owner', 'pp_app', 'pp_lookup', 'pp_ingest', 'pp_worker', 'pp_admin')
"""
_BYPASSING = frozenset({"pp_lookup", "pp_admin"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the code expects: in which area, on what, and what is wrong with it."""

    area: str
    subject: str
    problem: str


def check(url: str) -> list[Finding]:
    """Everything about the database at `url` (any role may look) that is not as the code expects; empty is good."""
    catalog.load_models()
    found, expected = state(url), wanted()
    findings = []
    if found[0] != expected[0]:
        return [Finding("schema", "revision", f"it is {found[0] or 'nothing'}, {expected[0]} is expected")]
    if found[1] != expected[1]:
        findings.append(Finding("functions", "migrations/functions", f"they are {found[1]}, {expected[1]} is expected"))
    findings += _schema(url)
    with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as connection:
        for part in (_kinds_and_security, _policies, _grants, _keys, _views, _functions, _roles):
            findings += part(connection)
    return findings


def _schema(url: str) -> Iterator[Finding]:
    """What Alembic would put into a new revision."""
    with engine_for(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_compared})
        for difference in compare_metadata(context, Base.metadata):
            steps: list[Any] = difference if isinstance(difference, list) else [difference]
            for step in steps:
                subject = next((str(getattr(part, "name", part)) for part in step[1:] if part is not None), "")
                yield Finding("schema", subject, " ".join(str(part) for part in step))


def _kinds_and_security(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    declared = tables()
    seen = set()
    for row in connection.execute(_TABLES):
        seen.add(row.name)
        if row.name in _UNLISTED:
            continue
        if row.name not in declared and not (row.partition and str(row.parent) in declared):
            yield Finding("tables", row.name, "no model declares it, so it has no kind")
        if not (row.enabled and row.forced):
            yield Finding("security", row.name, "row-level security is not forced")
        if row.owner != OWNER:
            yield Finding("security", row.name, f"{row.owner} owns it instead of {OWNER}")
        table = declared.get(row.name) or declared.get(str(row.parent))
        if table is not None and table.kind is Kind.TENANT and row.key[:1] != ["tenant_id"]:
            yield Finding("keys", row.name, f"its primary key {tuple(row.key)} does not begin with tenant_id")
    for name in sorted(set(declared) - seen):
        yield Finding("tables", name, "it is declared and not there")


def _policies(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    declared = tables()
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_POLICIES):
        found.setdefault(row.name, []).append(row)
    for name, table in declared.items():
        policies = found.pop(name, [])
        if table.ingested:
            ingesting = [row for row in policies if row.policy == f"{name}_ingest"]
            policies = [row for row in policies if row not in ingesting]
            if [(row.cmd, row.roles, row.with_check) for row in ingesting] != [("INSERT", ["pp_ingest"], "true")]:
                yield Finding("policies", name, "what comes for all gyms at once is not let in by pp_ingest alone")
        rule = _normal(POLICY[table.kind])
        if [row.policy for row in policies] != [f"{name}_{table.kind}"]:
            yield Finding("policies", name, f"its policies are {[row.policy for row in policies]}")
            continue
        policy = policies[0]
        if policy.permissive != "PERMISSIVE" or policy.cmd != "ALL" or policy.roles != ["public"]:
            yield Finding("policies", name, f"it is for {policy.cmd} by {policy.roles} ({policy.permissive.lower()})")
        if _normal(policy.qual) != rule:
            yield Finding("policies", name, f"it lets through {policy.qual}")
        expected = None if table.kind is Kind.PUBLIC else rule
        if (policy.with_check and _normal(policy.with_check)) != expected:
            yield Finding("policies", name, f"it lets in {policy.with_check}")
    partitions = {row.name: str(row.parent) for row in connection.execute(_TABLES) if row.partition}
    for name, policies in found.items():
        whole = declared.get(partitions.get(name, ""))
        for policy in policies:
            rule = "" if whole is None else _normal(POLICY[whole.kind])
            if whole is None:
                yield Finding("policies", name, f"{policy.policy} belongs to no declared table")
            elif (_normal(policy.qual), _normal(policy.with_check)) != (rule, rule):
                yield Finding("policies", name, f"{policy.policy} of the partition is not its table's")


def _grants(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    declared = tables()
    given: dict[tuple[str, str], set[str]] = {}
    views = set()
    for row in connection.execute(_GRANTS):
        given.setdefault((row.name, row.role), set()).add(row.privilege)
        if row.kind in ("v", "m"):
            views.add(row.name)
    for name, table in declared.items():
        expected = {privilege.strip() for privilege in table.grants.split(",")}
        actual = given.pop((name, "pp_app"), set())
        if actual != expected:
            yield Finding("grants", name, f"pp_app may {sorted(actual) or 'nothing'} instead of {sorted(expected)}")
    for (name, role), privileges in given.items():
        if role == "pp_ingest" and privileges == {"INSERT"} and name in declared and declared[name].ingested:
            continue
        if role == "pp_app" and privileges == {"SELECT"} and (name in views or name in _UNLISTED):
            continue
        yield Finding("grants", name, f"{role} may {sorted(privileges)}, which nothing declares")
    for row in connection.execute(_COLUMN_GRANTS):
        if row.role != "pp_lookup" or row.privilege != "SELECT":
            yield Finding("grants", row.name, f"{row.role} may {row.privilege} on columns, which nothing declares")


def _keys(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Foreign keys and uniques look past row-level security, so they must carry the gym."""
    tenant = {name for name, table in tables().items() if table.kind is Kind.TENANT}
    for row in connection.execute(_FOREIGN_KEYS):
        if row.target in tenant and "tenant_id" not in row.columns:
            yield Finding("keys", row.name, f"it points from {row.source} into {row.target} without the gym")
    for row in connection.execute(_UNIQUES):
        if row.name in tenant and "tenant_id" not in row.columns and row.index not in _GLOBAL_UNIQUES:
            yield Finding(
                "keys", row.index, f"it is unique across gyms, so one gym can tell what another has in {row.name}"
            )


_GLOBAL_UNIQUES = frozenset(
    {
        "uq_tenants_slug",  # addresses are of the whole platform
        "uq_channels_kind_address",  # a short code leads to one gym
        "uq_invitations_digest",  # of a random token: nobody can ask for one that another gym has
        "uq_trackers_digest",
        "uq_live_shares_digest",
    }
)


# Only a table's owner can make and drop its partitions.
_AS_OWNER = frozenset({"pp_make_point_partitions", "pp_drop_point_partitions"})


def _views(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for row in connection.execute(_VIEWS):
        if row.kind == "m":
            yield Finding("views", row.name, "it is materialised, which row-level security does not hold")
        elif not row.invoker:
            yield Finding("views", row.name, "it is no security_invoker, so it reads every gym's rows")


def _functions(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for row in connection.execute(_DEFINERS):
        if not row.fixed_path:
            yield Finding("functions", row.name, "it runs with its owner's rights and has no fixed search_path")
        if row.owner not in ("pp_lookup", "pp_worker") and row.name not in _AS_OWNER:
            yield Finding("functions", row.name, f"it runs with the rights of {row.owner}")


def _roles(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    for row in connection.execute(_ROLES):
        if row.super:
            yield Finding("roles", row.name, "it is a superuser")
        if row.bypass and row.name not in _BYPASSING:
            yield Finding("roles", row.name, "it has BYPASSRLS")
        if row.login and row.name == "pp_lookup":
            yield Finding("roles", row.name, "it can sign in")


def _normal(rule: str | None) -> str:
    """A policy's rule without what PostgreSQL adds when it writes it back: casts of literals, brackets, spaces."""
    bare = re.sub(r"::text|\s|\(|\)", "", rule or "")
    return re.sub(r"=ANYARRAY\[(.*?)\]", r"IN\1", bare)
