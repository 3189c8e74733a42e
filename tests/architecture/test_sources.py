"""Names, lengths, docstrings, imports and requirements are as the architecture says."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import sources


@pytest.mark.parametrize("check", sources.CHECKS, ids=lambda check: check.__name__)
def test_the_sources_hold_the_rule(check: Callable[[Path], sources.Findings]) -> None:
    assert check(sources.ROOT) == []


def test_exceptions_are_still_needed() -> None:
    for name in sources.LONG_ON_PURPOSE:
        assert len((sources.ROOT / name).read_text().splitlines()) > sources.LONGEST
    for name in sources.PASTED_ON_PURPOSE:
        assert (sources.ROOT / name).exists()


def test_the_order_of_contexts_holds() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=sources.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


HEAVY = ("sqlalchemy", "psycopg", "fastapi", "starlette", "textual", "telegram", "pydantic", "alembic")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["pp", *{arguments!r}]
from pp_cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
loaded = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"loaded {{loaded}}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=sources.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
