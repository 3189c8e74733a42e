"""`pp texts`: for whoever writes and translates, without a database."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from pp_core.kernel import locale
from tests.cli.conftest import ROOT, Pp


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "theirs.yaml"


def test_what_we_ship_is_clean(pp: Pp) -> None:
    ran = pp("texts", "check", "--lang", "en")
    assert (ran.code, ran.out) == (0, "")
    assert f"{len(locale.catalogue())} texts read" in ran.err
    assert pp("texts", "check", "--format", "json").json == []


def test_a_translators_file_is_checked_before_it_is_sent_in(pp: Pp, file: Path) -> None:
    file.write_text("a.b:\n  en: Hello {name}\n  sw: Habari {jina}\nc.d:\n  en: Hello\n", encoding="utf-8")
    ran = pp("texts", "check", "--file", str(file), "--format", "json")
    assert ran.code == 2
    assert [(row["key"], row["language"], row["fault"], row["line"]) for row in ran.json] == [
        ("a.b", "sw", "places", 1),
        ("c.d", "sw", "missing_language", 4),
    ]
    assert "{jina}, {name}" in ran.json[0]["problem"]
    table = pp("texts", "check", "--file", str(file), "--lang", "sw")
    assert "Lugha hii haipo" in table.out
    assert "Mambo 2" in table.err
    rows = list(csv.DictReader(io.StringIO(pp("texts", "check", "--file", str(file), "--format", "csv").out)))
    assert [row["key"] for row in rows] == ["a.b", "c.d"]


def test_a_right_file_is_told_so(pp: Pp, file: Path) -> None:
    file.write_text("a.b:\n  en: Hello\n  sw: Habari\n", encoding="utf-8")
    ran = pp("texts", "check", "--file", str(file), "--lang", "sw")
    assert (ran.code, ran.err) == (0, "Andiko moja limesomwa; hakuna la kusahihisha.\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "has no texts"), (b"- a\n", "does not map"), (b"a: 'b\n", "line 2"), (b"\xff\xfe\x00", "cannot be read")],
)
def test_what_is_no_file_of_texts_is_refused(pp: Pp, file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)
    ran = pp("texts", "check", "--file", str(file), "--lang", "en")
    assert ran.code == 2
    assert ran.out == ""
    assert told in ran.err


def test_a_file_that_is_not_there_is_refused(pp: Pp, file: Path) -> None:
    assert pp("texts", "check", "--file", str(file)).code == 2


def test_a_key_twice_in_what_we_ship_is_told(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = locale.read(b"a.b: {en: x, sw: y}\n" * 2, "some/texts.yaml")
    monkeypatch.setattr(locale, "shipped", lambda: [twice])
    locale.catalogue.cache_clear()
    try:
        ran = pp("texts", "check")
    finally:
        locale.catalogue.cache_clear()
    assert ran.code == 2
    assert "some/texts.yaml, line 2: a.b stands twice" in ran.err


def test_texts_are_listed_with_their_parts(pp: Pp) -> None:
    rows = pp("texts", "list", "identity.code.", "--language", "sw", "--format", "json").json
    assert {row["key"] for row in rows} == {"identity.code.password_reset", "identity.code.verify_phone"}
    assert {(row["language"], row["parts"], row["most"]) for row in rows} == {("sw", 1, 1)}
    forms = pp("texts", "list", "wording.days", "--format", "json").json
    assert [(row["language"], row["form"]) for row in forms] == [
        ("en", "one"), ("en", "other"), ("sw", "one"), ("sw", "other"),
    ]  # fmt: skip
    assert {row["parts"] for row in pp("texts", "list", "cli.", "--format", "json").json} == {None}
    assert pp("texts", "list", "no.such.", "--format", "json").json == []


def test_no_database_is_asked_and_none_of_its_libraries_loaded() -> None:
    code = (
        "import sys\nfrom pp_cli.app import main\nassert main(['texts', 'check']) == 0\n"
        "wrong = [name for name in ('sqlalchemy', 'psycopg', 'httpx') if name in sys.modules]\n"
        "sys.exit(f'imported {wrong}' if wrong else 0)"
    )
    unreachable = {"PP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=unreachable, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "texts read" in done.stderr
