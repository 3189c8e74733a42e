"""The desk, driven by keys over a real core."""

from datetime import timedelta

import pytest

from pp_core.audit.operations import ListAudit
from pp_core.kernel import locale
from pp_core.kernel.policy import Door, Role
from pp_core.memberships.operations import CheckIn, ListVisits, ShowDoorCode
from pp_tui.widgets.people import People
from tests.staff import hire
from tests.tui.conftest import Desk

LANGUAGES = pytest.mark.parametrize("language", ["en", "sw"])
IN = {
    "en": "is in. Good, 29 days left. First visit this month.",
    "sw": "ameingia. Sawa, zimebaki siku 29. Ziara ya kwanza mwezi huu.",
}


@LANGUAGES
@pytest.mark.parametrize("typed", ["wanj", "AMINA", "0711 000", "+25471100", "m0000", "iru ami"])
async def test_any_part_finds_somebody_and_enter_lets_them_in(desk: Desk, typed: str, language: str) -> None:
    member = await desk.member("Amina Wanjiru", "+254711000001")
    async with desk.at_the_desk(language=language) as screen:
        await screen.type(typed)
        await screen.until(
            lambda: [row.person_id for row in screen.app.screen.query_one(People).rows][:1] == [member.id]
        )
        await screen.press("enter")
        await screen.sees(f"Amina Wanjiru {IN[language]}")
        await screen.sees({"en": "Today: 1 visit · 1 in now", "sw": "Leo: mtu 1 ameingia · 1 wako ndani"}[language])
        assert screen.value == "", "the next name is typed at once"
    [visit] = (await desk.gym.operator.run(ListVisits())).items
    assert (visit.person_id, visit.door) == (member.id, Door.TUI.value)


async def test_enter_behind_the_last_letter_waits_for_the_hit(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.press(*member.code.lower(), "enter")  # as a scanner does
        wire.release()
        await screen.sees("Amina Wanjiru is in")


async def test_enter_behind_the_last_letter_lets_nobody_in_by_chance(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Wanjala")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.press(*"wanj", "enter")
        wire.release()
        await screen.sees("2 people match")
        await screen.press("down", "enter")
        await screen.sees("Brian Wanjala is in")
    assert len((await desk.gym.operator.run(ListVisits())).items) == 1


async def test_a_repeat_is_the_same_visit(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    await desk.gym.operator.run(CheckIn(member=member.code))
    async with desk.at_the_desk() as screen:
        await screen.type("amina")
        await screen.sees("in since 10:00")
        await screen.press("enter")
        await screen.sees("Amina Wanjiru came in already at 10:00: the same visit.")
    assert len((await desk.gym.operator.run(ListVisits())).items) == 1


REFUSALS = {
    "en": (
        "The membership of Cynthia Wanjala (One month) ended on 21 Sep 2026",
        "F3 lets them in", "Let Cynthia Wanjala in all the same?", "Give a reason", "let in: ",
    ),
    "sw": (
        "21 Sep 2026",
        "F3 humruhusu", "Umruhusu Cynthia Wanjala hata hivyo?", "Taja sababu", "aliruhusiwa: ",
    ),
}  # fmt: skip


@LANGUAGES
async def test_who_is_refused_may_be_let_in_for_a_reason_that_is_kept(desk: Desk, language: str) -> None:
    ended = desk.gym.runtime.clock.now().date() - timedelta(days=90)
    member = await desk.member("Cynthia Wanjala", starts_on=ended)
    why, hint, question, missing, kept = REFUSALS[language]
    async with desk.at_the_desk(language=language) as screen:
        await screen.type("cynthia")
        await screen.sees("✗ Cynthia Wanjala")
        await screen.press("enter")
        await screen.until(lambda: why in (said := " ".join(screen.text.split())) and hint in said, f"said {why}")
        assert screen.value == "cynthia", "who was refused still stands there"
        await screen.press("f3")
        await screen.sees(question)
        await screen.press("enter")
        await screen.sees(missing)
        await screen.type("pays tonight")
        await screen.press("enter")
        await screen.sees(f"{kept}pays tonight")
    [visit] = (await desk.gym.operator.run(ListVisits())).items
    assert (visit.person_id, visit.override_reason) == (member.id, "pays tonight")
    acts = (await desk.gym.operator.run(ListAudit(operation="memberships.check_in"))).items
    assert [(act.door, act.outcome, act.detail.get("override")) for act in acts] == [
        ("tui", "done", "pays tonight"), ("tui", "memberships.over", None)
    ]  # fmt: skip


async def test_who_may_come_in_needs_no_reason(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        await screen.press("f3")
        await screen.sees("Amina Wanjiru may come in anyway: press Enter.")


async def test_a_visit_through_another_door_appears_by_itself(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.sees("Today: 0 visits", "Code at the desk: ")
        code = (await desk.gym.operator.run(ShowDoorCode())).code
        await screen.sees(code)
        await desk.gym.person(member, Door.USSD).run(CheckIn(code=code))
        await screen.sees("Today: 1 visit", "Amina Wanjiru", "USSD")


async def test_changing_the_language_keeps_what_was_typed(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.type("amina")
        await screen.sees("Good, 29 days left")
        await screen.press("f6")
        await screen.sees("Sawa, zimebaki siku 29", "Jina, simu au nambari ya mwanachama", "Aingie", "Mtandaoni")
        assert screen.value == "amina"
        await screen.press("f6")
        await screen.sees("Good, 29 days left", "Online")


async def test_nobody_is_found_in_words(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.type("zzz")
        await screen.sees('Nobody\'s name, phone or code holds "zzz". Try fewer letters.')
        await screen.press("enter", "escape")
        await screen.sees("Type whoever stands before you")


async def test_the_card_opens_from_a_hit_and_from_a_visit(office: Desk) -> None:
    member = await office.member("Amina Wanjiru", "+254711000001")
    await office.gym.operator.run(CheckIn(member=member.code))
    async with office.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        await screen.press("f2")
        await screen.sees("+254711000001", "Memberships", "KES 4,000", "Visits a week", "Visits · 1 this month")
        await screen.press("escape")
        await screen.sees("Today: 1 visit")
        assert screen.value == "amina"
        await screen.press("tab", "enter")
        await screen.sees("+254711000001", "Memberships")


@LANGUAGES
async def test_a_trainer_sees_the_day_and_is_asked_nothing_of_the_door(desk: Desk, language: str) -> None:
    trainer = await hire(desk.gym, Role.TRAINER, name="Otieno Ouma")
    member = await desk.member("Amina Wanjiru")
    check_in = locale.text("tui.key.check_in", language)
    async with desk.driven(language=language) as screen:
        await screen.sign_in(trainer)
        await screen.sees({"en": "Today: 0 visits", "sw": "Leo: watu 0"}[language])
        assert f"Enter {check_in}" not in screen.text
        await screen.type("amina")
        await screen.sees("✗", "visit:record")
        await screen.press("enter", "f3")
        await desk.gym.operator.run(CheckIn(member=member.code))
        await screen.sees("Amina Wanjiru", "10:00")
        await screen.press("tab", "enter")
        await screen.sees("M00004", locale.text("tui.card.memberships", language))
    refused = (await desk.gym.operator.run(ListAudit(refused=True))).items
    assert refused == [], "what the screen knows is not asked for"


async def test_the_code_of_the_next_day_takes_the_place_of_the_last(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru", plan="MONTHLY")
    async with desk.at_the_desk() as screen:
        first = (await desk.gym.operator.run(ShowDoorCode())).code
        await screen.sees(f"Code at the desk: {first}")
        desk.gym.runtime.clock.advance(timedelta(days=1))
        second = (await desk.gym.operator.run(ShowDoorCode())).code
        await desk.gym.operator.run(CheckIn(member=member.code))
        await screen.sees("Today: 1 visit", f"Code at the desk: {second}")


async def test_one_click_chooses_and_two_let_in(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Wanjala")
    async with desk.at_the_desk() as screen:
        await screen.type("wanj")
        await screen.sees("Amina Wanjiru", "Brian Wanjala")
        people = screen.app.screen.query_one(People)
        second = (5, 2)  # of the border's inside: the first row is at 1
        await screen.pilot.click(people, offset=second)
        await screen.until(lambda: people.chosen is not None and people.chosen.name == "Brian Wanjala")
        assert (await desk.gym.operator.run(ListVisits())).items == []
        await screen.pilot.click(people, offset=second, times=2)
        await screen.sees("Brian Wanjala is in")
