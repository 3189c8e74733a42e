"""Texts for people, in English and Swahili, from `data/texts.yaml` of each context.

An entry maps a key to one text a language, or to plural forms of it under CLDR's categories (`one` and `other` in both
languages). Beside its languages an entry may say

- `count: weeks`: the value that chooses the plural form, by default `count`;
- `longest: {name: 20, code: "ABC"}`: values at their longest, as texts or numbers of letters, before `data/longest.yaml`;
- `parts: 1`: how many parts of SMS it takes at most, with those values;
- `page: ussd`: that it fits a page of USSD with those values;
- `same: true`: that both languages rightly say the same.

`proofreading` holds the catalogue to all of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml import Node

LANGUAGES = ("en", "sw")
_PACKAGES = (
    "pp_core.kernel",
    "pp_core.identity",
    "pp_core.tenants",
    "pp_core.memberships",
    "pp_core.health",
    "pp_core.workouts",
    "pp_core.wellbeing",
    "pp_core.tracking",
    "pp_core.notifications",
    "pp_core.analytics",
    "pp_core.audit",
    "pp_api",
    "pp_bots",
    "pp_cli",
    "pp_tui",
    "pp_tui.serve",
)

_OWNERS = {"cli": "pp_cli", "tui": "pp_tui"}
"""Whose file the keys of a first part are in, where all of them are."""


class UnreadableTexts(ValueError):  # noqa: N818 - a fact about a file, as problems are
    """A file of texts that is not what it should be; the message says where and why."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """One file of texts as it was read. `lines` has the line of each key; `repeated` (key, what stands twice, line)."""

    name: str
    entries: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, str, int]] = field(default_factory=list)


def read(content: bytes, name: str) -> TextFile:
    """The texts of a YAML file called `name`; UnreadableTexts when it is no YAML or no mapping of keys.

    YAML lets the last of two equal keys win in silence; here both are told, by `repeated`.
    """
    import yaml

    try:
        loader = yaml.CSafeLoader(content)
        node = loader.get_single_node()
        entries = {} if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise UnreadableTexts(f"{name}, line {line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise UnreadableTexts(f"{name}: {' '.join(str(error).split())}") from error
    if not isinstance(entries, dict):
        raise UnreadableTexts(f"{name}: it does not map keys to texts")
    if node is None:
        return TextFile(name, {})
    keys = [(str(key.value), value, key.start_mark.line + 1) for key, value in node.value]
    repeated = [(key, key, line) for key, line in _twice(node)]
    for key, entry, _ in keys:
        inner = [entry, *(value for _, value in entry.value)] if entry.id == "mapping" else []
        repeated += [(key, what, line) for each in inner if each.id == "mapping" for what, line in _twice(each)]
    return TextFile(name, entries, {key: line for key, _, line in keys}, repeated)


def _twice(node: "Node") -> Iterator[tuple[str, int]]:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            yield str(key.value), key.start_mark.line + 1
        seen.add(key.value)


def shipped() -> list[TextFile]:
    """Every file of texts that this version ships."""
    sources = [(package, files(package) / "data" / "texts.yaml") for package in _PACKAGES]
    return [
        read(source.read_bytes(), f"{package.replace('.', '/')}/data/texts.yaml")
        for package, source in sources
        if source.is_file()
    ]


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Every entry by key; UnreadableTexts on a key that stands twice, in one file or in two."""
    texts: dict[str, dict[str, Any]] = {}
    for file in shipped():
        for key, what, line in file.repeated:
            raise UnreadableTexts(f"{file.name}, line {line}: {what} stands twice in {key}; keep one")
        for key, entry in file.entries.items():
            if key in texts:
                raise UnreadableTexts(f"{file.name}, line {file.lines[key]}: another file has {key} too; keep one")
            texts[key] = entry
    return texts


@cache
def _own(package: str) -> dict[str, Any]:
    """The entries of one door's own file. Most of what a door says first is there, and reading all files takes longer."""
    return read((files(package) / "data" / "texts.yaml").read_bytes(), package).entries


def _entry(key: str) -> dict[str, Any]:
    package = _OWNERS.get(key.partition(".")[0])
    found: dict[str, Any] = catalogue()[key] if package is None else _own(package)[key]
    return found


def language_of(environ: Mapping[str, str]) -> str:
    """The language that a process's environment asks for: PP_LANG's, else Swahili where the locale says so, else English."""
    names = ("PP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environ[name] for name in names if environ.get(name)), "")
    return "sw" if wanted.startswith("sw") else "en"


def text(key: str, language: str, /, **values: Any) -> str:
    """The text of `key` in `language` (English for any other), with `values` filled in; KeyError for an unknown key."""
    entry = _entry(key)
    spoken = language if language in LANGUAGES else "en"
    chosen = entry[spoken]
    if isinstance(chosen, dict):
        chosen = chosen[plural(values.get(entry.get("count", "count")), spoken)]
    return str(chosen).format_map(_Values(values)).strip()


def has(key: str) -> bool:
    """Whether there is such a text."""
    return key in catalogue()


def plural(count: Any, language: str) -> str:
    """The plural category of a number, by CLDR's rules; `other` for what is no number."""
    if isinstance(count, bool) or not isinstance(count, int | float | Decimal):
        return "other"
    return str(_rule(language)(count))


def categories(language: str) -> frozenset[str]:
    """The plural forms that a counting text needs in `language`."""
    return frozenset(_rule(language).tags) | {"other"}


@cache
def _rule(language: str) -> Any:
    from babel import Locale

    return Locale.parse(language).plural_form


def forms(entry: Mapping[str, Any], language: str) -> dict[str, str]:
    """The templates of an entry in `language`, by plural category; a text that does not count is `other`."""
    form = entry[language]
    return {str(category): str(one) for category, one in (form if isinstance(form, dict) else {"other": form}).items()}


def places(template: str) -> set[str]:
    """The names of the values that a text asks for."""
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name}


@cache
def longest_values() -> dict[str, str]:
    """What usual places hold at their longest (`data/longest.yaml`)."""
    import yaml

    given = yaml.load((files(__package__) / "data" / "longest.yaml").read_bytes(), yaml.CSafeLoader)
    return {name: _letters(value) for name, value in given.items()}


def longest(key: str, language: str) -> str:
    """The text of `key` at its longest, of its plural forms the longest; KeyError names a place nothing is known of."""
    return max((at_longest(form, catalogue()[key]) for form in forms(catalogue()[key], language).values()), key=len)


def at_longest(template: str, entry: Mapping[str, Any]) -> str:
    """A template of `entry` with its longest values; KeyError names a place that neither it nor the defaults know."""
    values = longest_values() | {name: _letters(value) for name, value in entry.get("longest", {}).items()}
    return template.format_map({name: values[name] for name in places(template)}).strip()


def _letters(value: Any) -> str:
    return "x" * value if isinstance(value, int) else str(value)


class _Values(dict[str, Any]):
    """A value that a caller left out shows as nothing: a clumsy sentence beats a crash in an error message."""

    def __missing__(self, key: str) -> str:
        return ""
