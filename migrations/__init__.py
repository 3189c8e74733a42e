"""The schema's history, and the way to the newest version of it."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from psycopg.conninfo import conninfo_to_dict

HERE = Path(str(files(__name__)))


def engine_for(url: str) -> Engine:
    """A synchronous engine on a libpq URL or connection string, without a pool."""
    parts = conninfo_to_dict(url)
    return create_engine(URL.create("postgresql+psycopg"), connect_args=parts, poolclass=NullPool)


def config_for(url: str) -> Config:
    """Alembic's configuration, made here so that no file names a database."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def newest() -> str:
    """The revision that this code expects."""
    head = ScriptDirectory.from_config(config_for("")).get_current_head()
    assert head is not None
    return head


def current(url: str) -> str | None:
    """The revision that the database is at; None before the first migration."""
    with engine_for(url).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database at `url` (as pp_owner) to a revision, then the functions and catalogues to this code's."""
    command.upgrade(config_for(url), to)


def downgrade(url: str, to: str) -> None:
    """Take the database back to an earlier revision; `base` is an empty one."""
    command.downgrade(config_for(url), to)
