"""Whatever goes wrong is a sentence and an exit code."""

import subprocess
import sys

import pytest

from pp_cli import errors
from pp_core.kernel.errors import Kind
from tests.cli.conftest import ROOT, Pp
from tests.conftest import new_phone


def test_every_kind_of_problem_has_its_code() -> None:
    assert {kind: errors.exit_code(kind) for kind in Kind} == {
        Kind.INVALID: 2,
        Kind.UNAUTHENTICATED: 4,
        Kind.FORBIDDEN: 4,
        Kind.NOT_ENTITLED: 4,
        Kind.NOT_FOUND: 3,
        Kind.CONFLICT: 5,
        Kind.LIMITED: 7,
        Kind.UNAVAILABLE: 6,
        Kind.INTERNAL: 70,
    }


def test_problems_are_told_with_their_code(pp: Pp, slug: str) -> None:
    ran = pp("member", "show", "M09999")
    assert (ran.code, ran.out) == (3, "")
    assert "tenants.person_unknown" in ran.err
    assert "M09999" in ran.err


def test_nobody_named_is_seen_to_be_nobody(pp: Pp, slug: str) -> None:
    ran = pp("track", "list")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith('pp: "" names no member here, or more than one. Give a member code such as M00042')


def test_problems_are_told_in_swahili(pp: Pp, slug: str) -> None:
    english, swahili = pp("member", "show", "M09999"), pp("member", "show", "M09999", "--lang", "sw")
    assert swahili.code == 3
    assert swahili.err != english.err


def test_a_slug_twice_is_a_conflict(pp: Pp, slug: str) -> None:
    ran = pp("gym", "onboard", "Another", slug, "--admin-name", "Otieno", "--admin-phone", new_phone())
    assert ran.code == 5


def test_a_suspended_gym_is_refused_and_resumed(pp: Pp, slug: str) -> None:
    assert pp("gym", "suspend", slug).code == 0
    assert pp("member", "add", "Amina Wanjiru", new_phone()).code == 4
    assert pp("gym", "resume", slug).code == 0
    assert pp("member", "add", "Amina Wanjiru", new_phone()).code == 0


def test_what_the_request_lacks_is_named(pp: Pp, slug: str) -> None:
    ran = pp("member", "add", "A", "12")
    assert ran.code == 2
    assert "name: is too short: at least 2 characters ('A')" in ran.err
    assert "phone: '12' is not a phone number; write it like 0712345678 or +254712345678" in ran.err


def test_what_the_request_lacks_is_told_in_swahili(pp: Pp, slug: str) -> None:
    ran = pp("member", "add", "A", "12", "--lang", "sw")
    assert "name: ni fupi mno" in ran.err
    assert "phone: '12' si namba ya simu" in ran.err


def test_an_option_is_told_by_the_name_it_was_given_under(pp: Pp, slug: str) -> None:
    ran = pp("report", "attendance", "--from", "never")
    assert (ran.code, ran.err) == (2, "pp: --from: is not a day; write it like 2026-11-21 ('never')\n")


def test_a_name_that_a_terminal_would_obey_is_refused(pp: Pp, slug: str) -> None:
    ran = pp("member", "add", "Amina \x1b[31mWanjiru", new_phone())
    assert ran.code == 2
    assert "line break" in ran.err


@pytest.mark.parametrize(
    "arguments", [["membr"], ["member", "lsit"], ["member", "list", "--limt", "3"], ["plan", "create"]]
)
def test_usage_errors_exit_with_two(pp: Pp, arguments: list[str]) -> None:
    ran = pp(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_a_choice_that_is_none_is_told_in_plain_words(pp: Pp) -> None:
    ran = pp("track", "link", "nonsense")
    assert ran.code == 2
    words = " ".join(ran.err.split())
    assert "Invalid value for 'app': 'nonsense' is not one of" in words


def test_no_gym_chosen_says_how(pp: Pp) -> None:
    ran = pp("member", "list")
    assert ran.code == 4
    assert "PP_GYM" in ran.err
    assert "--gym" in ran.err


def test_a_database_that_does_not_answer_is_unavailable(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_DATABASE_URL", "postgresql://pp_app@127.0.0.1:1/nothing")
    ran = pp("gym", "list")
    assert ran.code == 6
    assert "PP_DATABASE_URL" in ran.err


def test_a_setting_that_cannot_be_used_is_named(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_PORT", "eighty")
    ran = pp("gym", "list")
    assert ran.code == 2
    assert "PP_PORT" in ran.err


def test_the_unforeseen_is_internal_and_has_no_traceback(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pp_cli.commands.op.load_operations", lambda: 1 / 0)
    ran = pp("op")
    assert ran.code == 70
    assert "ZeroDivisionError" in ran.err


def test_nobody_reading_is_silent() -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"{sys.executable} -m pp_cli op --format csv | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("141", "")
