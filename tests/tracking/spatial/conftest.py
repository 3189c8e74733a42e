"""The fixture `home` of these tests is two databases after another: one as any, one on a server that has PostGIS."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import migrations
from pp_core.kernel.db import embedded, roles
from pp_core.runtime.database import urls_of
from tests.conftest import TestHome, home_on

POSTGIS = Path("/usr/share/postgresql")
"""Where Debian keeps what extensions are made of, by PostgreSQL's major version."""


def with_postgis() -> Path | None:
    """The programs of the newest server of this machine that PostGIS is installed for."""
    found = [int(one.parts[-3]) for one in POSTGIS.glob("*/extension/postgis.control")]
    binaries = [Path(f"/usr/lib/postgresql/{version}/bin") for version in sorted(found, reverse=True)]
    return next((one for one in binaries if (one / "postgres").is_file()), None)


@pytest.fixture(scope="session", params=["native", "postgis"])
def home(
    request: pytest.FixtureRequest, make_home: Callable[[], TestHome], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestHome]:
    """A database whose boxes are PostgreSQL's own, and one whose boxes are PostGIS's."""
    if request.param == "native":
        yield make_home()
        return
    binaries = with_postgis()
    if binaries is None:
        pytest.skip("PostGIS is not installed for a server of this machine: apt-get install postgresql-15-postgis-3")
    # Not below pytest's own directory, which the user that the server runs as may not enter.
    directory = Path(tempfile.gettempdir()) / f"pp-tests-postgis-{os.getpid()}-{secrets.token_hex(4)}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PP_PG_BIN", str(binaries))
        with embedded.acquire(directory, throwaway=True) as lease:
            passwords = {role: secrets.token_urlsafe(12) for role in roles.LOGIN_ROLES}
            roles.create_roles(lease.admin_url, passwords)
            roles.create_database(lease.admin_url, "pp_postgis")
            urls = urls_of(lease, passwords, "pp_postgis")
            assert urls.admin is not None
            assert urls.owner is not None
            # As somebody does who installs it later: what was made without it is made anew by the next upgrade.
            migrations.upgrade(urls.owner)
            with psycopg.connect(urls.admin, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
            migrations.upgrade(urls.owner)
            yield home_on(urls, tmp_path_factory.mktemp("home"))
    shutil.rmtree(directory, ignore_errors=True)
