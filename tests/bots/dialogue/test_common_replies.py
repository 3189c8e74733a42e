"""The commonest answers cost one part with values as they usually are; pages and cuts hold for whatever there is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_bots.channels import sms, ussd
from pp_bots.dialogue.screen import Choice, Pace, Say, Screen, ask, say, shorten
from pp_core.kernel.gsm7 import Encoding, is_gsm7, parts, to_gsm7
from pp_core.kernel.money import Money

from .walking import World

GYM = "Kilimani Strength Academy"
FIRST, NAME = "Mwanahawa", "Mwanahawa Abdulrahman"
PLAN = "Monthly, all classes"
DAY = date(2026, 12, 25)
LOGGED = "Squat 5x5 100kg; Bench Press 3x8 60kg; Deadlift 1x5 140kg"
PRICE = Money(minor=450_000)
TALK = World("member", "sms").talk()

COMMONEST = {
    "check in": Screen((say("check_in.done", gym=GYM, count=12),)),
    "check in, near the end": Screen((say("check_in.done", gym=GYM, count=12), say("check_in.ends", ends_on=DAY))),
    "check in, over": Screen((say("check_in.over", ended_on=DAY),)),
    "check in, again": Screen((say("check_in.again", gym=GYM),)),
    "check in, which code": ask(say("check_in.ask")),
    "check in, wrong code": ask(say("memberships.code_wrong", left=4), say("check_in.ask")),
    "logged": Screen((say("log_workout.done", canonical=LOGGED), say("log_workout.wrong"))),
    "logged, with a record": Screen(
        (say("log_workout.done", canonical=LOGGED), say("log_workout.records", names=["Squat", "Deadlift"]))
    ),
    "logged, not all": Screen(
        (say("log_workout.done", canonical=LOGGED), say("log_workout.unread", piece="mbio za asubuhi"))
    ),
    "did you mean": ask(say("log_workout.sure", canonical=LOGGED), choices=(Choice("yes", say("dialogue.yes")),)),
    "not understood": Screen((say("dialogue.not_understood", example="squat 5x5 100"),)),
    "corrected": Screen((say("correct.done", canonical=LOGGED),)),
    "membership": Screen((say("membership.active", plan=PLAN, ends_on=DAY, count=34),)),
    "membership, ending": Screen(
        (say("membership.active", plan=PLAN, ends_on=DAY, count=3), say("membership.renew", price=PRICE))
    ),
    "membership, over": Screen(
        (say("membership.expired", plan=PLAN, ends_on=DAY), say("membership.renew", price=PRICE))
    ),
    "weighed": Screen((say("weigh_in.done", weight=Decimal("82.4")),)),
    "run logged": Screen(
        (say("log_run.done_at", canonical="run 21.098km 1:58:02", pace=Pace(2.98, "run")), say("log_run.wrong"))
    ),
    "run logged, with records": Screen(
        (
            say("log_run.done_at", canonical="run 21.098km 1:58:02", pace=Pace(2.98, "run")),
            say("log_run.records", names=[say("log_run.furthest"), say("log_run.longest")]),
        )
    ),
    "stranger": Screen((say("dialogue.stranger", gym=GYM),)),
    "joined": Screen((say("join.done", gym=GYM, first_name=FIRST, code="M000042"), say("join.next"))),
    "help": Screen((say("help.member", gym=GYM), say("help.more"))),
    "help for a stranger": Screen((say("help.stranger", gym=GYM),)),
    "stopped": Screen((say("stop.done", gym=GYM),)),
    "started": Screen((say("start.done", gym=GYM),)),
    "expired": Screen((say("dialogue.expired"),)),
    "consent": ask(say("join.consent", gym=GYM, first_name=FIRST), choices=(Choice("yes", say("dialogue.yes")),)),
}


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("name", COMMONEST)
def test_a_common_answer_is_one_part(name: str, language: str) -> None:
    text = sms.shown(COMMONEST[name], replace(TALK, language=language))
    counted = parts(text)
    assert (counted.encoding, counted.parts) == (Encoding.GSM7, 1), (counted.units, text)


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=400), max_size=5)


@given(lines=LINES, choices=LINES, deeper=st.booleans(), ends=st.booleans())
def test_pages_hold_whatever_there_is(lines: list[str], choices: list[str], *, deeper: bool, ends: bool) -> None:
    _paged(lines or ["?"], choices, deeper=deeper, ends=ends)


@given(st.text("ab{}[]\N{EURO SIGN}~ ", min_size=1, max_size=500), st.booleans())
def test_characters_that_take_two_places_are_counted_twice(text: str, deeper: bool) -> None:
    _paged([text], [], deeper=deeper, ends=False)


@pytest.mark.parametrize("word", ["x" * 160, "[" * 160, "x" * 1000, ("x" * 159 + " ") * 3])
@pytest.mark.parametrize("deeper", [True, False])
def test_a_word_longer_than_a_page_is_cut(word: str, deeper: bool) -> None:
    assert _paged([word], [], deeper=deeper, ends=False) > 1


def _paged(lines: list[str], choices: list[str], *, deeper: bool, ends: bool) -> int:
    screen = Screen(
        tuple(_said(line) for line in lines),
        tuple(Choice(str(number), _said(label)) for number, label in enumerate(choices)),
    )
    if not ends:
        screen = ask(*screen.lines, choices=screen.choices)
    pages = ussd.pages(screen, TALK, deeper=deeper)
    for page in pages:
        assert is_gsm7(page)
        assert parts(page).units <= ussd.LONGEST_PAGE
    assert [page[:4] for page in pages] == ["CON "] * (len(pages) - 1) + ["END " if ends else "CON "]
    shown = "".join(ussd.as_text(page) for page in pages)
    whole = "".join([*lines, *(f"{number} {label}" for number, label in enumerate(choices, 1))])
    assert _cheap(shown) == _cheap(to_gsm7(whole))
    return len(pages)


def _said(words: str) -> Say:
    return say("who.name", name=words)


def _cheap(text: str) -> str:
    return "".join(char for char in text if is_gsm7(char) and not char.isspace() and char not in "?\f")


@given(st.text(max_size=200), st.integers(10, 100))
def test_what_is_cut_ends_in_dots_and_is_no_longer(text: str, length: int) -> None:
    cut = shorten(text, length)
    assert len(cut) <= length
    assert cut == text or (cut.endswith("...") and text.startswith(cut[:-3]))


def test_a_cut_is_made_between_words_where_there_are_any() -> None:
    assert shorten("Kilimani Strength and Conditioning", 20) == "Kilimani Strength..."
    assert shorten("x" * 50, 20) == "x" * 17 + "..."
    assert shorten("1 " + "x" * 50, 20) == "1 " + "x" * 15 + "..."
