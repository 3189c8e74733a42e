"""What came of letting somebody in, as sentences."""

from datetime import date
from typing import TYPE_CHECKING, cast

from textual.dom import DOMNode

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.wording import time_of_day
from pp_tui.texts import said, worded
from pp_tui.widgets.membership import opens_the_door, state_of
from pp_tui.widgets.notice import Tone

if TYPE_CHECKING:
    from pp_core.memberships.operations import CheckedIn, DeskRow
    from pp_tui.app import PulseApp


def may_come_in(row: "DeskRow") -> bool:
    """Whether nothing that is known of them speaks against it; the core decides all the same."""
    return (opens_the_door(row.membership) or row.staff) and not row.left


def came_in(node: DOMNode, answer: "CheckedIn", today: date) -> str:
    """Whom it let in and how their membership is; or since when they are in."""
    visit, zone = answer.visit, cast("PulseApp", node.app).standing.zone
    if answer.repeated:
        return said(node, "tui.desk.repeated", name=visit.person_name, time=time_of_day(visit.at, zone))
    state = state_of(node, answer.membership, today)[1]
    return said(node, "tui.desk.done", name=visit.person_name, state=state, count=answer.visits_this_month)


def how_good(node: DOMNode, answer: "CheckedIn", today: date) -> Tone:
    """Whether reception has something to mention to them."""
    good = not answer.repeated and state_of(node, answer.membership, today)[0] is Tone.GOOD
    return Tone.GOOD if good else Tone.MIND


def why_not(node: DOMNode, name: str, problem: Problem, *, may_override: bool = False) -> str:
    """Why they were refused, and what reception may do all the same."""
    if problem.kind is Kind.NOT_FOUND:
        return said(node, "tui.desk.gone", name=name)  # the core knows them by an identifier that nobody else does
    if may_override and problem.kind is Kind.FORBIDDEN:
        return f"{worded(node, problem)} {said(node, 'tui.desk.or_override')}"
    return worded(node, problem)


def known_refusal(node: DOMNode, row: "DeskRow", today: date) -> str:
    """What is known of somebody whom the core, were it there, would refuse."""
    state = state_of(node, row.membership, today, left=row.left)[1]
    return f"{row.name}: {state}. {said(node, 'tui.desk.or_override')}"
