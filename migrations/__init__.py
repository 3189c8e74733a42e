"""The schema's history, and the way to the newest version of it."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

_STATE = """
SELECT to_regclass('public.alembic_version') IS NOT NULL,
       (SELECT substring(obj_description(p.oid, 'pg_proc') FROM 'functions (.*)')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE p.proname = 'pp_enter_gym' AND n.nspname = 'public')
"""
HERE = Path(str(files(__name__)))


def engine_for(url: str) -> Engine:
    """A synchronous engine on a libpq URL or connection string, without a pool."""
    parts = conninfo_to_dict(url)
    return create_engine(URL.create("postgresql+psycopg"), connect_args=parts, poolclass=NullPool)


def config_for(url: str) -> Config:
    """Alembic's configuration, made here so that no file names a database."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def newest() -> str:
    """The revision that this code expects."""
    head = ScriptDirectory.from_config(config_for("")).get_current_head()
    assert head is not None
    return head


def wanted() -> tuple[str | None, str | None]:
    """The revision and the digest of the SQL functions that this code expects."""
    from .repeatable import functions_digest

    return newest(), functions_digest()


def state(url: str) -> tuple[str | None, str | None]:
    """The revision and the functions' digest that the database at `url` is at; None for what is not there."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_STATE).fetchone()
        assert row is not None
        if not row[0]:
            return None, None
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return (revision[0] if revision else None), row[1]


def upgrade(url: str, to: str = "head", *, repeatable: bool = True) -> None:
    """Bring the database at `url` (as pp_owner) to a revision, then the functions and catalogues to this code's."""
    config = config_for(url)
    config.attributes["repeatable"] = repeatable and to == "head"
    command.upgrade(config, to)


def downgrade(url: str, to: str) -> None:
    """Take the database back to an earlier revision; `base` is an empty one."""
    command.downgrade(config_for(url), to)


def make(url: str, message: str) -> None:
    """Write a new revision from what the models have and the database at `url` lacks."""
    config = config_for(url)
    today = date.today()  # noqa: DTZ011 - the day where the engineer sits
    slug = message.lower().replace(" ", "_")
    command.revision(config, message, autogenerate=True, rev_id=f"{today:%Y_%m_%d}_{slug}")
