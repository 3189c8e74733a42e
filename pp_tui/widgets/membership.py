"""The state of a membership in plain sight: a sign, a word, a day."""

from datetime import date
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from textual.dom import DOMNode

from pp_core.kernel.wording import day
from pp_tui.texts import language_of, said
from pp_tui.widgets.notice import Tone

if TYPE_CHECKING:
    from pp_core.memberships.operations import MembershipRow

SOON = 3
"""Days before the end from which reception is reminded to mention it."""


def state_of(
    node: DOMNode, row: "MembershipRow | None", today: date, *, left: bool = False, staff: bool = False
) -> tuple[Tone, str]:
    """How good it is today, and the words for it."""
    if left:
        return Tone.BAD, said(node, "tui.membership.left")
    if staff and not opens_the_door(row):
        return Tone.GOOD, said(node, "tui.membership.staff")
    if row is None:
        return Tone.BAD, said(node, "tui.membership.none")
    spoken = language_of(node)
    match row.status:
        case "active" if row.days_left > 0:
            tone = Tone.MIND if row.days_left <= SOON else Tone.GOOD
            return tone, said(node, "tui.membership.active", count=row.days_left)
        case "active":
            return Tone.MIND, said(node, "tui.membership.last_day")
        case "grace":
            return Tone.MIND, said(node, "tui.membership.grace", day=day(row.ends_on, spoken, today))
        case "upcoming":
            return Tone.BAD, said(node, "tui.membership.upcoming", day=day(row.starts_on, spoken, today))
        case "expired":
            return Tone.BAD, said(node, "tui.membership.expired", day=day(row.ends_on, spoken, today))
        case "cancelled":
            return Tone.BAD, said(node, "tui.membership.cancelled")


def opens_the_door(row: "MembershipRow | None") -> bool:
    """Whether it lets its holder in today; the core decides all the same."""
    return row is not None and row.status in ("active", "grace")


def column(text: str, width: int) -> str:
    """`text` in exactly `width` cells of the terminal, cut with an ellipsis when it is longer."""
    fitted = set_cell_size(text, width)
    return fitted if fitted.rstrip() == text.rstrip() or width < 2 else set_cell_size(text, width - 1) + "…"
