"""Every fault that a text may have is found, and a right text has none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.kernel import gsm7, locale, proofreading

FORMS = {"one": "{count} day", "other": "{count} days"}
SIKU = {"one": "siku {count}", "other": "siku {count}"}
LONG = "Hello " * 30

WRONG: list[tuple[str, str, Any]] = [
    ("no_languages", "", "Hello"),
    ("unknown_option", "", {"en": "Hello", "sw": "Habari", "fr": "Salut"}),
    ("missing_language", "sw", {"en": "Hello"}),
    ("missing_language", "en", {"sw": "Habari"}),
    ("empty", "sw", {"en": "Hello", "sw": " "}),
    ("empty", "sw", {"en": "Hello", "sw": None}),
    ("not_text", "en", {"en": True, "sw": "ndiyo"}),
    ("not_text", "en", {"en": ["Hello"], "sw": "Habari"}),
    ("braces", "en", {"en": "Hello {name", "sw": "Habari"}),
    ("braces", "en", {"en": "Hello {}", "sw": "Habari {}"}),
    ("braces", "sw", {"en": "Hello {name}", "sw": "Habari {name:>9}"}),
    ("braces", "sw", {"en": "Hello {name}", "sw": "Habari {name!r}"}),
    ("braces", "sw", {"en": "Hello {name}", "sw": "Habari {name.first}"}),
    ("plural_missing", "sw", {"en": FORMS, "sw": {"other": "siku {count}"}}),
    ("plural_unknown", "en", {"en": FORMS | {"few": "days"}, "sw": SIKU}),
    ("plural_one_language", "sw", {"en": FORMS, "sw": "siku {count}"}),
    ("places", "sw", {"en": "Hello {name}", "sw": "Habari {jina}"}),
    ("places", "sw", {"en": "Hello {name}", "sw": "Habari"}),
    ("places", "en", {"en": FORMS | {"one": "{days} day"}, "sw": SIKU}),
    ("places", "sw", {"en": FORMS, "sw": SIKU | {"other": "siku nyingi"}}),
    ("places", "en", {"en": {"one": "a week", "other": "{weeks} weeks"}, "sw": {"one": "wiki {weeks}", "other": "wiki {weeks}"}}),
    ("untranslated", "sw", {"en": "Hello {name}", "sw": "Hello {name}"}),
    ("same_differs", "sw", {"en": "Hello", "sw": "Habari", "same": True}),
    ("spaces", "en", {"en": "Hello ", "sw": "Habari"}),
    ("spaces", "sw", {"en": FORMS, "sw": SIKU | {"one": "\nsiku {count}"}}),
    ("not_gsm7", "sw", {"en": "Hello", "sw": "Habari \u201cyako\u201d"}),
    ("not_gsm7", "en", {"en": "Hello \U0001f4aa", "sw": "Habari"}),
    ("gendered", "en", {"en": "Ask her name", "sw": "Uliza jina"}),
    ("gendered", "en", {"en": FORMS | {"one": "He has a day"}, "sw": SIKU}),
    ("option_count", "", {"en": "Hello", "sw": "Habari", "count": "weeks"}),
    ("option_parts", "", {"en": "Hello", "sw": "Habari", "parts": 0}),
    ("option_parts", "", {"en": "Hello", "sw": "Habari", "parts": True}),
    ("option_page", "", {"en": "Hello", "sw": "Habari", "page": "sms"}),
    ("option_same", "", {"en": "Hello", "sw": "Hello", "same": "yes"}),
    ("option_longest", "", {"en": "{a}", "sw": "{a}", "longest": 5}),
    ("option_longest", "", {"en": "{a}", "sw": "{a}", "longest": {"a": 0}}),
    ("longest_idle", "", {"en": "{a}", "sw": "{a}", "longest": {"a": 1, "b": 1}}),
    ("no_longest", "en", {"en": "Hello {piece}", "sw": "Habari {piece}", "parts": 1}),
    ("too_many_parts", "en", {"en": LONG.strip(), "sw": "Habari", "parts": 1}),
    ("too_many_parts", "sw", {"en": "{a}", "sw": "{a}{a}", "parts": 1, "longest": {"a": 100}}),
    ("too_many_parts", "en", {"en": "Hello {a}", "sw": "{a}", "parts": 1, "longest": {"a": "\u0169" * 70}}),
    ("page_too_long", "en", {"en": "{a}.", "sw": "{a}", "page": "ussd", "longest": {"a": 156}}),
    ("page_too_long", "sw", {"en": "{a}", "sw": "{a}]", "page": "ussd", "longest": {"a": 155}}),
    ("page_too_long", "en", {"en": "Hello {a}", "sw": "{a}", "page": "ussd", "longest": {"a": "\u0169"}}),
]  # fmt: skip

RIGHT: list[Any] = [
    {"en": "Hello {name}", "sw": "Habari {name}"},
    {"en": FORMS, "sw": SIKU},
    {"en": {"one": "First visit.", "other": "{count} visits."}, "sw": {"one": "Ziara ya kwanza.", "other": "Ziara {count}."}},
    {"en": {"one": "a week", "other": "{weeks} weeks"}, "sw": {"one": "wiki", "other": "wiki {weeks}"}, "count": "weeks"},
    {"en": "PIN", "sw": "PIN", "same": True},
    {"en": "{name}: {code} - 1/2", "sw": "{name}: {code} - 1/2"},
    {"en": "The {her} of there, sheets: {{x}}", "sw": "{her} {{x}}"},
    {"en": "{a}", "sw": "{a}", "page": "ussd", "longest": {"a": 156}},
    {"en": "{a}", "sw": "{a}", "parts": 1, "longest": {"a": 160}},
    {"en": "{a}", "sw": "{a}", "parts": 2, "longest": {"a": 306}},
    {"en": "{name}, {exercise}: {amount}", "sw": "{name}, {exercise}: {amount}", "parts": 1},
]  # fmt: skip


@pytest.mark.parametrize(("fault", "language", "entry"), WRONG)
def test_a_fault_is_found_and_told(fault: str, language: str, entry: Any) -> None:
    found = proofreading.findings({"a.b": entry})
    assert (fault, language) in {(one.fault, one.language) for one in found}
    for one in found:
        for spoken in locale.LANGUAGES:
            sentence = locale.catalogue()[f"cli.texts.fault.{one.fault}"][spoken]
            assert locale.places(sentence) == set(one.values)


def test_no_other_fault_is_told_than_there_is() -> None:
    several = {"empty", "not_text", "plural_missing", "braces", "places"}
    for fault, _, entry in WRONG:
        if fault not in several:
            assert {one.fault for one in proofreading.findings({"a.b": entry})} == {fault}, entry


def test_every_fault_there_is_a_sentence_for_has_an_example() -> None:
    prefix = "cli.texts.fault."
    told = {key.removeprefix(prefix) for key in locale.catalogue() if key.startswith(prefix)}
    assert told == {fault for fault, _, _ in WRONG} | {"repeated", "elsewhere", "key_not_text"}


@pytest.mark.parametrize("entry", RIGHT)
def test_a_right_text_has_no_fault(entry: Any) -> None:
    assert proofreading.findings({"a.b": entry}) == []


@pytest.mark.parametrize("prefix", proofreading.SCREEN_ONLY)
def test_a_terminal_may_show_what_a_phone_may_not(prefix: str) -> None:
    entry = {"en": "Run \u201cpp\u201d", "sw": "Endesha \u201cpp\u201d"}
    assert proofreading.findings({f"{prefix}a": entry}) == []


def test_what_to_write_instead_is_told() -> None:
    (found,) = proofreading.findings({"a.b": {"en": "It\u2019s\u00a0on \U0001f4aa", "sw": "Ipo"}})
    assert found.values == {"characters": "\u2019 -> ' \u00a0 -> a space \U0001f4aa -> ?"}


def test_findings_name_file_and_line() -> None:
    first = locale.read(b"a.b: {en: Hello, sw: Habari}\nc.d:\n  en: Hello\nc.d:\n  en: Hello\n", "one.yaml")
    second = locale.read(b"\na.b: {en: Hello, sw: Habari}\non: {en: Hello, sw: Habari}\n", "two.yaml")
    found = {(one.file, one.line, one.key, one.fault) for one in proofreading.proofread([first, second])}
    assert found == {
        ("one.yaml", 4, "c.d", "repeated"),
        ("one.yaml", 4, "c.d", "missing_language"),
        ("two.yaml", 2, "a.b", "elsewhere"),
        ("two.yaml", 0, "True", "key_not_text"),
    }


def test_what_we_ship_is_clean() -> None:
    assert proofreading.proofread(locale.shipped()) == []


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(["en", "sw", "one", "other", "longest", "parts", "page", "count", "same", "x"]), inner
) | st.lists(inner)))  # fmt: skip
def test_nothing_that_somebody_writes_breaks_the_check(entry: Any) -> None:
    for one in proofreading.findings({"a.b": entry}):
        assert locale.text(f"cli.texts.fault.{one.fault}", "sw", **one.values)


@given(st.sampled_from(locale.LANGUAGES))
def test_texts_with_a_limit_keep_to_it(language: str) -> None:
    limited = [key for key, entry in locale.catalogue().items() if "parts" in entry]
    assert limited
    for key in limited:
        assert gsm7.parts(locale.longest(key, language)).parts <= locale.catalogue()[key]["parts"]
