"""Every check of this folder sees its rule broken, on a copy of the sources or of what they declare."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pp_core.kernel import errors, locale
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import ROLE_PERMISSIONS, Permission, Policy, Role, Scope
from pp_core.tenants.operations import AddMember, GetGym, PersonUnknown

from . import declarations, sources

DOC = '"""A file."""\n'


def house(root: Path, **written: str) -> Path:
    """A small copy of the house with a few files more."""
    for name in ("pp_core/tenants/__init__.py", "pp_core/workouts/__init__.py", "pp_core/kernel/__init__.py"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DOC)
    (root / "requirements").mkdir(exist_ok=True)
    for key, text in written.items():
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


PASTING = DOC + 'def find(name):\n    return sql(f"SELECT 1 FROM people WHERE name = {name}")\n'
FORMATTING = DOC + 'def find(name):\n    return sql("SELECT {}".format(name))\n'
INDEXED = "--index-url https://example.com\nlimits==1.0 \\\n    --hash=sha256:00\n"

BREAKAGES: list[tuple[Callable[[Path], sources.Findings], str, str]] = [
    (sources.wrong_names, "pp_core/tenants/helpers.py", DOC),
    (sources.wrong_names, "pp_core/tenants/extra.py", DOC),
    (sources.wrong_names, "pp_core/tenants/use_cases/utils.py", DOC),
    (sources.wrong_names, "pp_core/kernel/strings.py", DOC),
    (sources.wrong_names, "pp_api/common.py", DOC),
    (sources.long_files, "pp_core/tenants/rules.py", DOC + "X = 1\n" * 400),
    (sources.undocumented, "pp_core/tenants/rules.py", "X = 1\n"),
    (sources.undocumented, "pp_core/tenants/rules.py", DOC + "def rule() -> None: ...\n"),
    (sources.undocumented, "pp_core/tenants/rules.py", DOC + "class Rule: ...\n"),
    (sources.deep_doors, "pp_api/routes/people.py", DOC + "from pp_core.tenants.queries import people\n"),
    (sources.deep_doors, "pp_bots/texts.py", DOC + "import pp_core.workouts.formats.shorthand\n"),
    (sources.deep_doors, "pp_cli/commands/members.py", DOC + "def run():\n    from pp_core.runtime import wiring\n"),
    (sources.deep_doors, "pp_tui/app.py", DOC + "import pp_core.runtime.wiring\n"),
    (sources.deep_contexts, "pp_core/workouts/use_cases.py", DOC + "from pp_core.tenants.queries import people\n"),
    (sources.deep_contexts, "pp_core/workouts/use_cases.py", DOC + "from pp_core.tenants import models\n"),
    (sources.deep_contexts, "pp_core/workouts/rules.py", DOC + "from ..tenants.rules import member_code\n"),
    (sources.use_cases_run_use_cases, "pp_core/tenants/use_cases.py", DOC + "from pp_core.kernel.handlers import handler_of\n"),
    (sources.pasted_sql, "pp_core/tenants/queries.py", PASTING),
    (sources.pasted_sql, "pp_core/tenants/queries.py", FORMATTING),
    (sources.loose_requirements, "requirements/runtime.txt", "limits==1.0\n"),
    (sources.loose_requirements, "requirements/runtime.txt", "limits>=1.0 \\\n    --hash=sha256:00\n"),
    (sources.loose_requirements, "requirements/runtime.txt", INDEXED),
    (sources.loose_requirements, "uv.lock", "version = 1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "name", "text"), BREAKAGES)
def test_a_broken_source_is_seen(
    tmp_path: Path, check: Callable[[Path], sources.Findings], name: str, text: str
) -> None:
    assert check(house(tmp_path)) == []
    assert check(house(tmp_path, **{name: text}))


def test_what_is_right_is_not_reported(tmp_path: Path) -> None:
    right = {
        "pp_api/routes/people.py": DOC
        + "from pp_core.tenants.operations import AddMember\nfrom pp_core.runtime.wiring import Runtime\n",
        "pp_core/workouts/use_cases.py": DOC
        + "from pp_core.tenants.public import access_person\nfrom .queries import sets\n",
        "pp_core/workouts/queries.py": DOC + 'ROW = "a"\nONE = sql(f"SELECT {ROW} FROM t")\n',
        "requirements/runtime.txt": "limits==1.0 \\\n    --hash=sha256:00\n    # via x\n",
    }
    root = house(tmp_path, **right)
    assert [finding for check in sources.CHECKS for finding in check(root)] == []


SMUGGLED = {
    "High may import low": ("pp_core/tenants/rules.py", "import pp_core.workouts.rules\n"),
    "Doors never import each other": ("pp_core/workouts/rules.py", "import pp_api\n"),
    "Doors are independent": ("pp_bots/__init__.py", "import pp_cli\n"),
    "Doors see operations": ("pp_bots/texts.py", "import pp_core.tenants.queries.people\n"),
    "Operations never reach": ("pp_core/tenants/operations/gyms.py", "import pp_core.kernel.db.statement\n"),
    "SQLAlchemy and psycopg stay": ("pp_core/tenants/use_cases/gyms.py", "import sqlalchemy\n"),
    "Network clients live": ("pp_core/workouts/use_cases/sessions.py", "import httpx\n"),
    "Rules, formats and render": ("pp_core/memberships/rules.py", "import asyncio\n"),
}
"""One import that breaks each contract of import-linter."""


def test_every_contract_of_the_linter_is_seen_broken(tmp_path: Path) -> None:
    for package in sources.CODE:
        shutil.copytree(
            sources.ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "data")
        )
    shutil.copy(sources.ROOT / "pyproject.toml", tmp_path)
    for name, line in SMUGGLED.values():
        with (tmp_path / name).open("a") as file:
            file.write(line)
    program = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = [line for line in done.stdout.splitlines() if " BROKEN" in line or " KEPT" in line]
    assert len(verdicts) == len(SMUGGLED)
    for contract in SMUGGLED:
        assert any(line.startswith(contract) and "BROKEN" in line for line in verdicts), done.stdout


class Loose(Problem):
    """Declared in the wrong place."""

    kind = Kind.INVALID
    code = "tests.loose"


del Problem.registry[Loose.code]  # the product's own problems are counted elsewhere


def pretend(name: str, **members: Any) -> type[Operation[Any]]:
    """An operation that is no member of the catalogue: as if its import had not been checked."""
    policy = members.pop("policy", Policy(name="tenants.get", scope=Scope.TENANT, permission=Permission.GYM_READ))
    made = type(name, (), {"policy": policy, "errors": (), "model_fields": {}, "__doc__": "Do it.", **members})
    made.__module__ = "pp_core.tenants.operations"
    return made  # type: ignore[return-value]


def test_an_operation_without_a_handler_is_seen() -> None:
    assert declarations.unhandled({"tenants.get": GetGym}) == []
    assert declarations.unhandled({"tenants.sing": pretend("Sing")}) == ["tenants.sing has no handler"]


def test_an_odd_name_is_seen() -> None:
    assert declarations.badly_named({"workouts.get_gym": GetGym})
    assert declarations.badly_named({"tenants.GetGym": GetGym})


def test_an_operation_without_a_test_is_seen() -> None:
    assert declarations.untested({"tenants.get": GetGym}, "GetGymnast tenants.getter") == ["tenants.get has no test"]
    assert declarations.untested({"tenants.get": GetGym}, "run(GetGym())") == []
    assert declarations.untested({"tenants.get": GetGym}, '"tenants.get"') == []


def test_an_undescribed_field_is_seen() -> None:
    bare = pretend("Bare", model_fields={"name": Field(max_length=3)}, __doc__="Do it")
    assert len(declarations.undescribed({"tenants.bare": bare})) == 2


def test_an_idle_permission_is_seen() -> None:
    ops = dict(declarations.operations())
    only = {name: one for name, one in ops.items() if one.policy.permission is not Permission.AUDIT_READ}
    assert declarations.idle_permissions(only, ROLE_PERMISSIONS) == ["audit:read is used by no operation"]
    nobody = {role: granted - {Permission.AUDIT_READ} for role, granted in ROLE_PERMISSIONS.items()}
    assert declarations.idle_permissions(ops, nobody) == ["audit:read is granted to no role"]
    assert Role.GYM_ADMIN in nobody


def test_a_problem_of_nobody_is_seen() -> None:
    Loose.__module__ = "pp_core.tenants.use_cases.gyms"
    found = str(declarations.undeclared_problems(declarations.operations(), {"tests.loose": Loose}))
    assert "not beside an operation" in found
    assert "listed by no operation" in found
    assert "has the code tests.loose" in found


def test_an_unlisted_problem_is_seen(tmp_path: Path) -> None:
    known = {"tenants.person_unknown": PersonUnknown, "request.not_found": errors.NotFound}
    root = house(tmp_path, **{"pp_core/tenants/use_cases.py": DOC + "def f():\n    raise PersonUnknown(member='x')\n"})
    silent = {"tenants.add_member": AddMember}
    assert any("raises PersonUnknown" in one for one in declarations.unlisted_raises(root, silent, known))
    listing = {"tenants.get": pretend("Get", errors=(PersonUnknown,))}
    assert declarations.unlisted_raises(root, listing, known) == []
    house(tmp_path, **{"pp_core/tenants/use_cases.py": DOC})
    assert declarations.unlisted_raises(root, listing, known) == ["PersonUnknown is listed and never raised"]


def test_a_wrong_text_is_seen() -> None:
    assert declarations.wrong_texts({}, {"tenants.person_unknown": PersonUnknown}) == [
        "tenants.person_unknown has no text"
    ]
    assert declarations.wrong_texts({"a.b": {"en": "Hello"}}, {}) == ["a.b sw: missing_language {}"]
    assert declarations.wrong_texts({"a.b": {"en": "Hello {name}", "sw": "Habari {name}"}}, {}) == []


def test_an_idle_text_and_a_missing_one_are_seen(tmp_path: Path) -> None:
    code = DOC + 'WORDS = text("a.known", "en"), text("a.missing", "en"), text(f"code.{reason}.end", "en")\n'
    root = house(tmp_path, **{"pp_core/tenants/use_cases.py": code})
    texts = {"a.known": {}, "a.idle": {}, "code.wrong.end": {}, "code.wrong": {}}
    assert declarations.idle_texts(root, texts, {}) == [
        "a.idle is asked for by nothing",
        "code.wrong is asked for by nothing",
        "a.missing is asked for and is no text",
    ]


def test_the_real_catalogue_is_what_was_checked() -> None:
    assert len(locale.catalogue()) > 50
    assert len(declarations.operations()) > 50
    assert len(declarations.problems()) > 30
