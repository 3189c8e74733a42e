"""What the screen says, in the language of whoever reads it; and problems as sentences."""

from datetime import date
from typing import Any

from textual.dom import DOMNode

from pp_core.kernel import locale
from pp_core.kernel.errors import Kind, Problem


def language_of(node: DOMNode) -> str:
    """The language that the application speaks at the moment."""
    spoken: str = getattr(node.app, "language", "en")
    return spoken


def said(node: DOMNode, key: str, /, **values: Any) -> str:
    """The text of `key` in the application's language."""
    return locale.text(key, language_of(node), **values)


def worded(node: DOMNode, problem: Problem) -> str:
    """What was wrong and what would be right, in one sentence; its documentation where the catalogue has no text."""
    values = {name: _readable(node, name, value) for name, value in problem.data.items()}
    if "fields" in values and "summary" not in values:
        values["summary"] = "; ".join(f"{each['field']}: {each['problem']}" for each in values["fields"])
    if "summary" in values or locale.has(problem.code):
        return said(node, problem.code, **values)
    return " ".join((type(problem).__doc__ or problem.code).split())


def _readable(node: DOMNode, name: str, value: Any) -> Any:
    """A day that a problem tells, as people write it."""
    if not (name.endswith("_on") and isinstance(value, str | date)):
        return value
    from pp_core.kernel.wording import full_day

    return full_day(value if isinstance(value, date) else date.fromisoformat(value), language_of(node))


def is_unreachable(problem: Problem) -> bool:
    """Whether it says nothing of the request, only that the core did not answer."""
    return problem.kind is Kind.UNAVAILABLE
