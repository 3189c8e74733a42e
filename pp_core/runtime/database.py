"""From settings to a database that is running, has its roles, and is at this code's schema."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from pp_core.kernel.db import embedded, roles
from pp_core.kernel.db.problems import DatabaseProblem
from pp_core.kernel.settings import Settings


class SchemaBehind(DatabaseProblem):
    """The database is at another revision than this code expects."""

    code = "database.schema_behind"


@dataclass(frozen=True, slots=True)
class Urls:
    """Where each role connects. None of these may be logged."""

    app: str
    worker: str
    owner: str | None
    admin: str | None
    ingest: str | None


class Home:
    """The database that the settings point at: a real server, or the embedded one of the data directory.

    As a context manager it holds the embedded server running; leaving lets the last user stop it.
    """

    def __init__(self, settings: Settings, *, throwaway: bool = False) -> None:
        self.settings = settings
        self.directory = settings.data_directory or embedded.default_directory()
        self._throwaway = throwaway
        self._lease: embedded.Lease | None = None
        self._urls: Urls | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether we run the server ourselves."""
        return self.settings.database_url is None

    @property
    def urls(self) -> Urls:
        """The roles' addresses, after `open`."""
        assert self._urls is not None, "the database was not opened"
        return self._urls

    @property
    def lease(self) -> embedded.Lease | None:
        """The hold on the embedded server, if it is ours."""
        return self._lease

    def open(self, *, migrate: bool = True) -> Self:
        """Start or find the server, make roles and schema where we may, and refuse what is unsafe or out of date."""
        self.start()
        try:
            self._bring_up_to_date(migrate)
            roles.refuse_bypassing_role(self.urls.app)
        except psycopg.OperationalError as error:
            self.close()
            raise embedded.NotAnswering(
                f"The database does not answer: {str(error).splitlines()[0]}. Check PP_DATABASE_URL and that it is running."
            ) from error
        except BaseException:
            self.close()
            raise
        return self

    def start(self) -> Urls:
        """Start or find the server and make its roles and database, whatever the schema."""
        if self.is_embedded:
            self._lease = embedded.acquire(self.directory, throwaway=self._throwaway)
            try:
                self._urls = self._prepare_embedded(self._lease)
            except BaseException:
                self.close()
                raise
        else:
            self._urls = _urls_from(self.settings)
        return self._urls

    def close(self) -> None:
        """Let go of the embedded server; the last one out stops it."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def __enter__(self) -> Self:
        return self.open() if self._urls is None else self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare_embedded(self, lease: embedded.Lease) -> Urls:
        passwords = _kept_passwords(self.directory / "roles.json", lease.admin_url)
        return urls_of(lease, passwords, roles.DATABASE)

    def _bring_up_to_date(self, migrate: bool) -> None:
        import migrations

        found = migrations.state(self.urls.app)
        wanted = migrations.wanted()
        if found == wanted:
            return
        if not migrate or self.urls.owner is None:
            raise SchemaBehind(
                f"The database's schema is at {found[0] or 'nothing'}, this version needs {wanted[0]}. Run `pp db upgrade`"
                " with PP_DATABASE_OWNER_URL set.",
                found=found,
                wanted=wanted,
            )
        migrations.upgrade(self.urls.owner)


def urls_of(lease: embedded.Lease, passwords: dict[str, str], database: str) -> Urls:
    """The addresses of the roles in one database of the embedded server."""
    return Urls(
        app=lease.url("pp_app", passwords["pp_app"], database),
        worker=lease.url("pp_worker", passwords["pp_worker"], database),
        owner=lease.url("pp_owner", passwords["pp_owner"], database),
        admin=roles.with_database(lease.admin_url, database),
        ingest=lease.url("pp_ingest", passwords["pp_ingest"], database),
    )


def _kept_passwords(path: Path, admin_url: str) -> dict[str, str]:
    """The roles' passwords in a 0600 file; with a new file the roles and the database are made as well."""
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    fresh = {role: secrets.token_urlsafe(24) for role in roles.LOGIN_ROLES}
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Whoever comes first writes; the others wait here and then read what it wrote.
        connection.execute("SELECT pg_advisory_lock(hashtext('pp_first_start'))")
        if path.exists():
            return _kept_passwords(path, admin_url)
        roles.create_roles(admin_url, fresh)
        roles.create_database(admin_url)
        temporary = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(fresh, file)
        temporary.replace(path)
    return fresh


def _urls_from(settings: Settings) -> Urls:
    assert settings.database_url is not None
    return Urls(
        app=settings.database_url,
        worker=settings.database_worker_url or settings.database_url,
        owner=settings.database_owner_url,
        admin=settings.database_admin_url,
        ingest=settings.database_ingest_url,
    )


def secret_key(settings: Settings, directory: Path) -> str:
    """The installation's secret: PP_SECRET_KEY, or a file of the data directory made on first use."""
    if settings.secret_key:
        return settings.secret_key
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "secret_key"
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # whoever links first has made the key
            path.hardlink_to(temporary)
        temporary.unlink()
    return path.read_text().strip()
