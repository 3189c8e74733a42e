"""Texts for people, in English and Swahili, from `data/texts.yaml` of each context.

An entry maps a key to one text a language, or to plural forms under `one` and `other` chosen by the value `count`.
"""

import re
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

LANGUAGES = ("en", "sw")
_PACKAGES = (
    "pp_core.kernel",
    "pp_core.identity",
    "pp_core.tenants",
    "pp_core.memberships",
    "pp_core.workouts",
    "pp_core.notifications",
    "pp_core.analytics",
    "pp_core.audit",
    "pp_api",
    "pp_bots",
    "pp_cli",
)


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Every text by key and language; ValueError on a key that two files define."""
    import yaml

    texts: dict[str, dict[str, Any]] = {}
    for package in _PACKAGES:
        source = files(package) / "data" / "texts.yaml"
        if not source.is_file():
            continue
        for key, forms in (yaml.load(source.read_bytes(), yaml.CSafeLoader) or {}).items():
            if key in texts:
                raise ValueError(f"{package}: the text {key} is defined twice")
            texts[key] = forms
    return texts


def text(key: str, language: str, /, **values: Any) -> str:
    """The text of `key` in `language` (English for any other), with `values` filled in; KeyError for an unknown key."""
    forms = catalogue()[key]
    chosen = forms[language if language in LANGUAGES else "en"]
    if isinstance(chosen, dict):
        chosen = chosen["one" if values.get("count") == 1 else "other"]
    return str(chosen).format_map(_Values(values)).strip()


def has(key: str) -> bool:
    """Whether there is such a text."""
    return key in catalogue()


def places(template: str) -> set[str]:
    """The names of the values that a text asks for."""
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name}


class _Values(dict[str, Any]):
    """A value that a caller left out shows as nothing: a clumsy sentence beats a crash in an error message."""

    def __missing__(self, key: str) -> str:
        return ""
