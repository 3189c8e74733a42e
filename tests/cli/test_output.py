"""Data on stdout, in three formats and two languages; narration on stderr."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pp_cli import options, output
from pp_core.kernel.money import Money
from tests.cli.conftest import Pp
from tests.conftest import new_phone


@pytest.fixture(autouse=True)
def english() -> None:
    options.reset()
    options.chosen.lang = "en"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (date(2026, 11, 21), "21 Nov 2026"),
        (datetime(2026, 11, 21, 21, 30, tzinfo=UTC), "22 Nov 2026 00:30"),
        (Money(minor=250000), "KES 2,500"),
        (Money(minor=250050), "KES 2,500.50"),
        (Decimal("100.00"), "100"),
        (0.5, "0.5"),
        (["a", "b"], "a, b"),
        ("evil\x1b[31m\x00name", "evil�[31m�name"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_are_for_people(value: object, shown: str) -> None:
    assert output.cell(value) == shown


def test_values_are_for_people_in_swahili() -> None:
    options.chosen.lang = "sw"
    assert output.cell(False) == "hapana"
    assert output.cell(date(2026, 8, 1)) == "1 Ago 2026"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd", "'-cmd"),
        ("+254711000001", "+254711000001"),
        ("-5.5", "-5.5"),
        ("plain", "plain"),
        (7, 7),
    ],
)
def test_no_cell_is_a_formula(given: object, written: object) -> None:
    assert output.harmless(given) == written


def test_csv_is_flat_and_has_a_header(pp: Pp, slug: str) -> None:
    assert pp("plan", "create", "GOLD", "=Gold", "--days", "30", "--price", "KES 2,500.50").code == 0
    rows = list(csv.DictReader(io.StringIO(pp("plan", "list", "--format", "csv").out)))
    gold = next(row for row in rows if row["code"] == "GOLD")
    assert (gold["price_minor"], gold["price_currency"], gold["name"]) == ("250050", "KES", "'=Gold")


def test_json_is_the_result_of_the_operation(pp: Pp, slug: str) -> None:
    phone = new_phone()
    added = pp("member", "add", "Amina Wanjiru", phone, "--format", "json").json
    shown = pp("op", "tenants.get_member", "--json", f'{{"member": "{added["code"]}"}}').json
    assert added == shown
    assert shown["phone"] == phone


def test_nothing_to_show_is_said_on_stderr(pp: Pp, slug: str) -> None:
    ran = pp("visits")
    assert (ran.code, ran.out) == (0, "")
    assert "Nothing" in ran.err
    assert pp("visits", "--format", "json").json == {"items": [], "next": None}
    assert pp("visits", "--quiet").err == ""


def test_tables_speak_swahili(pp: Pp, slug: str) -> None:
    assert "Jina" in pp("member", "list", "--lang", "sw").out.splitlines()[0]


def test_all_pages_are_one_list(pp: Pp, slug: str) -> None:
    for number in range(3):
        pp("member", "add", f"Member Number{number}", new_phone())
    page = pp("member", "list", "--limit", "2")
    assert len(page.out.splitlines()) == 3
    assert "--cursor" in page.err
    whole = pp("member", "list", "--limit", "2", "--all", "--format", "json").json
    assert len(whole["items"]) == 4
    assert whole["next"] is None


def test_a_key_makes_a_repeat_answer_the_same(pp: Pp, slug: str) -> None:
    once = pp("member", "add", "Amina Wanjiru", "--key", "k1", "--format", "json").json
    again = pp("member", "add", "Amina Wanjiru", "--key", "k1", "--format", "json").json
    assert once == again
    assert pp("member", "add", "Somebody Else", "--key", "k1").code == 5


def test_records_are_told_in_words(pp: Pp, slug: str) -> None:
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    logged = pp("workout", "log", "squat 5x5 100", "--member", phone)
    assert "one-rep max (kg)" in logged.err
    assert "uzito (kg)" in pp("records", phone, "--lang", "sw").out
    assert '"metric": "one_rep_max"' in pp("records", phone, "--format", "json").out


def test_what_was_read_with_doubt_is_not_logged_unless_asked(pp: Pp, slug: str) -> None:
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    doubtful = pp("workout", "log", "squat 5x5 9999", "--member", phone)
    assert doubtful.code == 2
    assert "Squat 5x5" in doubtful.err
    assert "Squat" not in pp("workout", "list", phone).out
    insisted = pp("workout", "log", "squat 5x5 9999", "--member", phone, "--sure-from", "0")
    assert insisted.code == 0
    assert "pp workout delete" in insisted.err


def test_the_audit_names_who_acted(pp: Pp, slug: str) -> None:
    assert pp("member", "add", "Amina Wanjiru", new_phone()).code == 0
    assert "operator:" in pp("audit").out
    assert "person_name" in pp("audit", "--format", "csv").out
