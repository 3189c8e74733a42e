"""Texts in two languages: reading them, plural forms, and texts at their longest."""

from decimal import Decimal
from typing import Any

import pytest
import yaml

from pp_core.kernel import locale
from tests.architecture.sources import ROOT


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """A catalogue of its own, empty at first."""
    made: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(locale, "catalogue", lambda: made)
    return made


@pytest.mark.parametrize("language", locale.LANGUAGES)
@pytest.mark.parametrize(
    ("count", "category"),
    [
        (0, "other"), (1, "one"), (2, "other"), (11, "other"), (21, "other"), (101, "other"), (1.0, "one"), (1.5, "other"),
        (Decimal(1), "one"), (Decimal("1.0"), "other"), (True, "other"), ("1", "other"), (None, "other"),
    ],
)  # fmt: skip
def test_a_number_chooses_its_form(language: str, count: object, category: str) -> None:
    assert locale.plural(count, language) == category


@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_the_forms_needed_are_those_that_numbers_choose(language: str) -> None:
    assert locale.categories(language) == {"one", "other"}
    assert {locale.plural(count, language) for count in range(1000)} == locale.categories(language)


def test_the_counted_value_has_the_name_that_the_entry_gives(entries: dict[str, dict[str, Any]]) -> None:
    counting = {"one": "{weeks} week", "other": "{weeks} weeks"}
    entries["a.b"] = {"en": counting, "sw": "wiki {weeks}", "count": "weeks"}
    assert locale.text("a.b", "en", weeks=1, count=5) == "1 week"
    assert locale.text("a.b", "en", weeks=2, count=1) == "2 weeks"
    assert locale.text("a.b", "sw", weeks=2) == "wiki 2"
    assert locale.text("a.b", "fr", weeks=2) == "2 weeks"


def test_what_a_caller_left_out_shows_as_nothing(entries: dict[str, dict[str, Any]]) -> None:
    entries["a.b"] = {"en": "Hello {name}", "sw": "Habari {name}"}
    assert locale.text("a.b", "sw") == "Habari"


def test_a_key_that_stands_twice_is_told_with_its_line() -> None:
    written = b"a.b:\n  en: x\n  sw: y\nc.d:\n  en: {one: 1, one: 2}\n  en: x\na.b:\n  en: z\n"
    read = locale.read(written, "some.yaml")
    assert read.repeated == [("a.b", "a.b", 7), ("c.d", "en", 6), ("c.d", "one", 5)]
    assert read.lines["c.d"] == 4


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (b"- a\n", r"some\.yaml: it does not map"),
        (b"a.b:\n  en: 'x\n", r"some\.yaml, line 3: "),
        (b"a.b:\n  en: x\n sw: y\n", r"some\.yaml, line 3: "),
        (b"? [a]\n: b\n", r"some\.yaml, line 1: "),
        (b"a.b: 2026-13-41\n", r"some\.yaml: "),
        (b"a.b: \xff\xfe\n", r"some\.yaml: "),
    ],
)
def test_what_is_no_file_of_texts_is_refused(written: bytes, wrong: str) -> None:
    with pytest.raises(locale.UnreadableTexts, match=wrong):
        locale.read(written, "some.yaml")


@pytest.mark.parametrize("second", ["one.yaml", "two.yaml"])
def test_no_key_may_stand_twice_in_what_we_ship(monkeypatch: pytest.MonkeyPatch, second: str) -> None:
    entry = b"a.b: {en: x, sw: y}\n"
    again = [locale.read(entry, "one.yaml"), locale.read(entry, "two.yaml")]
    shipped = again if second == "two.yaml" else [locale.read(entry * 2, "one.yaml")]
    monkeypatch.setattr(locale, "shipped", lambda: shipped)
    locale.catalogue.cache_clear()
    try:
        with pytest.raises(locale.UnreadableTexts, match=rf"{second}, line \d: .*a\.b"):
            locale.catalogue()
    finally:
        locale.catalogue.cache_clear()


def test_a_text_at_its_longest(entries: dict[str, dict[str, Any]]) -> None:
    entries["a.b"] = {
        "en": {"one": "{name}, once {piece}", "other": "{name}, {count} times {piece}"},
        "sw": {"one": "{name}, {piece}", "other": "{name}, {piece}"},
        "longest": {"piece": 5, "count": "12"},
    }
    name = locale.longest_values()["name"]
    assert len(name) == 40
    assert locale.longest("a.b", "en") == f"{name}, 12 times xxxxx"
    entries["a.b"]["longest"] = {"count": 2}
    with pytest.raises(KeyError, match="piece"):
        locale.longest("a.b", "sw")


def test_no_exercise_is_longer_than_the_longest() -> None:
    rows = yaml.load((ROOT / "pp_core/workouts/data/exercises.yaml").read_bytes(), yaml.CSafeLoader)
    names = [name for row in rows for name in row["name"].values()]
    assert max(map(len, names)) == len(locale.longest_values()["exercise"])
