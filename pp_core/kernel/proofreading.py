"""What is wrong in texts for people: the checks behind `pp texts check` and the tests of the catalogue.

A finding says where (file and line), which text in which language, what is wrong as a stable word, and the values that its
sentence `cli.texts.fault.<fault>` needs to tell what would be right.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any

from . import gsm7, locale
from .locale import LANGUAGES, TextFile

SCREEN_ONLY = ("cli.", "client.", "tui.")
"""Texts that a terminal shows and no phone is sent: they may quote a command."""
USSD_PAGE = 160
USSD_PREFIX = "CON "
"""What the gateway reads off the front of a page; `END ` is as long."""

_OPTIONS = frozenset({"count", "longest", "parts", "page", "same"})
_GENDERED = re.compile(r"\b(he|she|him|her|hers|his|himself|herself)\b", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. `language` is empty where it concerns the whole entry, `line` is 0 where nobody knows it."""

    key: str
    language: str
    fault: str
    values: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0


def proofread(texts: Iterable[TextFile]) -> list[Finding]:
    """Every finding in these files, taken together: a key belongs to one file only."""
    found: list[Finding] = []
    home: dict[str, str] = {}
    for file in texts:
        here = [Finding(key, "", "repeated", {"what": what}, line=line) for key, what, line in file.repeated]
        for key in file.entries:
            if key in home:
                here.append(Finding(str(key), "", "elsewhere", {"other": home[key]}))
            home[key] = file.name
        here += findings(file.entries)
        found += [replace(one, file=file.name, line=one.line or file.lines.get(one.key, 0)) for one in here]
    return found


def findings(entries: Mapping[Any, Any]) -> list[Finding]:
    """What is wrong in entries as texts.yaml holds them, by key."""
    return [finding for key, entry in entries.items() for finding in _entry(key, entry)]


def _entry(key: Any, entry: Any) -> Iterator[Finding]:
    if not isinstance(key, str):
        yield Finding(str(key), "", "key_not_text")
        return
    if not isinstance(entry, dict):
        yield Finding(key, "", "no_languages")
        return
    for name in entry:
        if name not in _OPTIONS and name not in LANGUAGES:
            yield Finding(key, "", "unknown_option", {"option": name})
    missing = [language for language in LANGUAGES if language not in entry]
    yield from (Finding(key, language, "missing_language") for language in missing)
    broken = [one for language in LANGUAGES if language in entry for one in _broken(key, language, entry[language])]
    yield from broken
    for language in LANGUAGES:
        if language not in missing:
            yield from _wording(key, language, locale.forms(entry, language))
    options = list(_options(key, entry))
    yield from options
    if broken or missing:
        return  # what follows compares and fills in whole texts
    yield from _together(key, entry)
    if not options:
        yield from _lengths(key, entry)


def _broken(key: str, language: str, form: Any) -> Iterator[Finding]:
    """What keeps a text from being shown at all: no text, a plural form missing, braces that do not fit."""
    templates = form if isinstance(form, dict) else {"other": form}
    if isinstance(form, dict):
        needed = locale.categories(language)
        yield from (Finding(key, language, "plural_missing", {"form": one}) for one in sorted(needed - set(form)))
        yield from (
            Finding(key, language, "plural_unknown", {"form": one, "needed": ", ".join(sorted(needed))})
            for one in form
            if one not in needed
        )
    for template in templates.values():
        if template is None or not str(template).strip():
            yield Finding(key, language, "empty")
        elif not isinstance(template, str):
            yield Finding(key, language, "not_text", {"given": template})
        elif (wrong := _wrong_braces(template)) is not None:
            yield Finding(key, language, "braces", {"given": wrong})


def _wrong_braces(template: str) -> str | None:
    """The first place that is no plain `{name}`: values come formatted, see `wording`."""
    try:
        parsed = [(name, spec, turned) for _, name, spec, turned in Formatter().parse(template) if name is not None]
    except ValueError:
        return template
    odd = [name for name, spec, turned in parsed if spec or turned or not re.fullmatch(r"[a-z_]\w*", name)]
    return f"{{{odd[0]}}}" if odd else None


def _wording(key: str, language: str, templates: Mapping[str, str]) -> Iterator[Finding]:
    for template in templates.values():
        if template != template.strip() and template.strip():
            yield Finding(key, language, "spaces")
        if not gsm7.is_gsm7(template) and not key.startswith(SCREEN_ONLY):
            wrong = dict.fromkeys(char for char in template if not gsm7.is_gsm7(char))
            plain = " ".join(f"{char} -> {_respelled(char)}" for char in wrong)
            yield Finding(key, language, "not_gsm7", {"characters": plain})
        if language == "en" and (word := _GENDERED.search(re.sub(r"\{[^}]*\}", "", template))) is not None:
            yield Finding(key, language, "gendered", {"word": word[0]})


def _respelled(char: str) -> str:
    plain = gsm7.to_gsm7(char)
    return (plain.strip() or "a space") if gsm7.is_gsm7(plain) else "?"


def _together(key: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """What both languages must agree in: counting, the values they show, and that they are two languages."""
    counting = [isinstance(entry[language], dict) for language in LANGUAGES]
    if any(counting) and not all(counting):
        yield Finding(key, LANGUAGES[counting.index(False)], "plural_one_language")
    spared = {str(entry.get("count", "count"))} if any(counting) else set()
    expected = locale.places(locale.forms(entry, "en")["other"])
    for language in LANGUAGES:
        for category, template in locale.forms(entry, language).items():
            # One of something may be said without its number: `First visit this month.`
            given = locale.places(template)
            allowed = spared if category != "other" else set()
            if wrong := (expected ^ given) - allowed:
                braced = ", ".join(f"{{{name}}}" for name in sorted(wrong))
                yield Finding(key, language, "places", {"places": braced})
    alike = locale.forms(entry, "en") == locale.forms(entry, "sw")
    said = "".join(literal for form in locale.forms(entry, "en").values() for literal, *_ in Formatter().parse(form))
    if alike and _LETTER.search(said) and not entry.get("same"):
        yield Finding(key, "sw", "untranslated")
    if not alike and entry.get("same"):
        yield Finding(key, "sw", "same_differs")


def _options(key: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    right: dict[str, Callable[[Any], bool]] = {
        "count": lambda value: (
            isinstance(value, str) and any(isinstance(entry.get(language), dict) for language in LANGUAGES)
        ),
        "parts": lambda value: type(value) is int and value > 0,
        "page": lambda value: value == "ussd",
        "same": lambda value: value is True,
        "longest": lambda value: isinstance(value, dict) and all(map(_is_longest, value.values())),
    }
    for option, fits in right.items():
        if option in entry and not fits(entry[option]):
            yield Finding(key, "", f"option_{option}", {"given": entry[option]})


def _is_longest(value: Any) -> bool:
    return (type(value) is int and value > 0) or (isinstance(value, str) and bool(value))


def _lengths(key: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """Texts at their longest, and whether `longest` speaks of places that there are."""
    asked = {place for each in LANGUAGES for one in locale.forms(entry, each).values() for place in locale.places(one)}
    for name in sorted(entry.get("longest", {}).keys() - asked, key=str):
        yield Finding(key, "", "longest_idle", {"place": name})
    if "parts" not in entry and "page" not in entry:
        return
    for language in LANGUAGES:
        for template in locale.forms(entry, language).values():
            try:
                shown = locale.at_longest(template, entry)
            except KeyError as unknown:
                yield Finding(key, language, "no_longest", {"place": unknown.args[0]})
                continue
            counted = gsm7.parts(shown)
            if "parts" in entry and counted.parts > entry["parts"]:
                told = {"parts": counted.parts, "most": entry["parts"], "units": counted.units}
                yield Finding(key, language, "too_many_parts", told)
            page = gsm7.parts(USSD_PREFIX + shown)
            if "page" in entry and (page.units > USSD_PAGE or page.encoding is not gsm7.Encoding.GSM7):
                told = {"units": page.units - len(USSD_PREFIX), "most": USSD_PAGE - len(USSD_PREFIX)}
                yield Finding(key, language, "page_too_long", told)
