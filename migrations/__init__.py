"""The schema's history, and the way to the newest version of it."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

# Every `pp` command asks whether the schema is current; only one that has to migrate pays for Alembic (a quarter of a second).
if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Engine

_STATE = """
SELECT to_regclass('public.alembic_version') IS NOT NULL,
       (SELECT substring(obj_description(p.oid, 'pg_proc') FROM 'functions (.*)')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE p.proname = 'pp_enter_gym' AND n.nspname = 'public')
"""
HERE = Path(str(files(__name__)))
CATALOGUE = Path(str(files("pp_core.workouts"))) / "data" / "exercises.yaml"


def engine_for(url: str) -> "Engine":
    """A synchronous engine on a libpq URL or connection string, without a pool."""
    from psycopg.conninfo import conninfo_to_dict
    from sqlalchemy import create_engine
    from sqlalchemy.engine import URL
    from sqlalchemy.pool import NullPool

    parts = conninfo_to_dict(url)
    return create_engine(URL.create("postgresql+psycopg"), connect_args=parts, poolclass=NullPool)


def config_for(url: str) -> "Config":
    """Alembic's configuration, made here so that no file names a database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def newest() -> str:
    """The revision that this code expects: revisions are named so that they sort in their order."""
    return max(path.stem for path in (HERE / "versions").glob("[0-9]*.py"))


def repeatable_digest() -> str:
    """A digest of what every upgrade brings to this code's state: the SQL functions and the catalogue."""
    sources = [*sorted((HERE / "functions").glob("*.sql")), CATALOGUE]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def wanted() -> tuple[str | None, str | None]:
    """The revision and the digest that this code expects."""
    return newest(), repeatable_digest()


def state(url: str) -> tuple[str | None, str | None]:
    """The revision and the digest of functions and catalogue that the database at `url` is at; None for what is not there."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_STATE).fetchone()
        assert row is not None
        if not row[0]:
            return None, None
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return (revision[0] if revision else None), row[1]


def upgrade(url: str, to: str = "head", *, repeatable: bool = True) -> None:
    """Bring the database at `url` (as pp_owner) to a revision, then the functions and catalogues to this code's."""
    from alembic import command

    config = config_for(url)
    config.attributes["repeatable"] = repeatable and to == "head"
    command.upgrade(config, to)


def downgrade(url: str, to: str) -> None:
    """Take the database back to an earlier revision; `base` is an empty one."""
    from alembic import command

    command.downgrade(config_for(url), to)


def make(url: str, message: str) -> None:
    """Write a new revision from what the models have and the database at `url` lacks."""
    from datetime import date

    from alembic import command

    config = config_for(url)
    today = date.today()  # noqa: DTZ011 - the day where the engineer sits
    slug = message.lower().replace(" ", "_")
    command.revision(config, message, autogenerate=True, rev_id=f"{today:%Y_%m_%d}_{slug}")
