"""One entry of the audit trail in full."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.dom import DOMNode

from pp_core.audit.operations import AuditRow
from pp_core.kernel import locale
from pp_core.kernel.wording import full_day
from pp_tui.texts import language_of, said
from pp_tui.widgets.notice import COLOURS, SIGNS, Tone

DONE = "done"


def outcome_of(node: DOMNode, row: AuditRow) -> tuple[Tone, str]:
    """How it ended, and the words for it: of a problem its own sentence."""
    if row.outcome == DONE:
        return Tone.GOOD, said(node, "tui.audit.done")
    if not locale.has(row.outcome):
        return Tone.BAD, row.outcome
    given = row.detail.get("problem")
    return Tone.BAD, said(node, row.outcome, **(given if isinstance(given, dict) else {}))


def who(row: AuditRow) -> str:
    """By the name they have in the gym; else by what they act as."""
    return row.person_name or row.actor


def told(node: DOMNode, row: AuditRow, timezone: str) -> Content:
    """Everything that was written down, the request last."""
    tone, words = outcome_of(node, row)
    lines = [
        Content.styled(row.operation, "bold $primary"),
        Content.assemble(
            Content.styled(f"{SIGNS[tone]} ", f"bold {COLOURS[tone]}"), Content.styled(words, COLOURS[tone])
        ),
        *(_fact(node, key, value) for key, value in _facts(node, row, timezone) if value),
    ]
    parts = dict(row.detail)
    for key, part in (
        ("tui.audit.request", parts.pop("request", None)),
        ("tui.audit.problem", _given(parts.pop("problem", None))),
        ("tui.audit.more_detail", parts),
    ):
        if part:
            lines += [Content.styled(f"\n{said(node, key)}", "bold"), Content(readable(part))]
    return Content("\n").join(lines)


def _given(problem: Any) -> Any:
    # What a problem had nothing to say of was written down as text too.
    return {key: value for key, value in problem.items() if value != "None"} if isinstance(problem, dict) else problem


def readable(value: Any) -> str:
    """Nested values as indented lines: `member: M00042`."""
    import yaml

    return str(
        yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000)
    ).rstrip()


def _facts(node: DOMNode, row: AuditRow, timezone: str) -> Iterator[tuple[str, str]]:
    at = row.at.astimezone(ZoneInfo(timezone))
    yield "tui.audit.when", f"{full_day(at.date(), language_of(node))} {at:%H:%M:%S}"
    acted = said(node, f"tui.actor.{row.actor_kind}")
    yield "tui.audit.who", f"{who(row)} ({acted}{'' if row.person_name is None else f', {row.actor}'})"
    yield "tui.audit.door", " · ".join(part for part in (said(node, f"tui.door.{row.door}"), row.ip) if part)
    yield "tui.audit.outcome", "" if row.outcome == DONE else row.outcome
    yield "tui.audit.touched", " ".join(str(part) for part in (row.resource, row.resource_id) if part is not None)
    yield "tui.audit.correlation", row.correlation_id


def _fact(node: DOMNode, key: str, value: str) -> Content:
    return Content.assemble(Content.styled(f"{said(node, key)}: ", "bold"), value)
