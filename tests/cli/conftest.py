"""`pp` on a database of its own, in this process or in one of its own."""

import json
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pp_cli.app import main
from tests.conftest import TestHome, new_phone

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, f"nothing was printed; exit {self.code}: {self.err}"
        return json.loads(self.out)


Pp = Callable[..., Ran]


@pytest.fixture(scope="session")
def installation(make_home: Callable[[], TestHome], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine whose database is at hand and whose gateway never answers."""
    urls = make_home().urls
    assert urls.owner
    assert urls.admin
    assert urls.ingest
    return {
        "PP_DATABASE_URL": urls.app,
        "PP_DATABASE_WORKER_URL": urls.worker,
        "PP_DATABASE_OWNER_URL": urls.owner,
        "PP_DATABASE_ADMIN_URL": urls.admin,
        "PP_DATABASE_INGEST_URL": urls.ingest,
        "PP_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "PP_CONFIG_DIR": str(tmp_path_factory.mktemp("config")),
        "PP_AT_BASE_URL": "http://127.0.0.1:9",
        "PP_AT_CALLBACK_TOKEN": "a-callback-token",
        "PP_RATE_AUTH": "1000/second",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def pp(
    installation: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Pp]:
    """Run `pp` in this process."""
    for name, value in installation.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    kept = root.handlers[:], root.level

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    yield run
    root.handlers[:], root.level = kept


@pytest.fixture
def spawn(installation: dict[str, str]) -> Callable[..., Ran]:
    """Run `pp` in a process of its own."""

    def run(*arguments: str, stdin: bytes = b"", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "pp_cli", *arguments],
            input=stdin,
            capture_output=True,
            env={**os.environ, **installation, **environment},
            cwd=ROOT,
            check=False,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def slug(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh gym, chosen by PP_GYM."""
    name = f"g{secrets.token_hex(5)}"
    assert (
        pp("gym", "onboard", "Kilimani Strength", name, "--admin-name", "Wambui", "--admin-phone", new_phone()).code
        == 0
    )
    monkeypatch.setenv("PP_GYM", name)
    return name
