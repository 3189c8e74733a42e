"""What changes around the desk while it is open: the day, roles, memberships."""

from datetime import timedelta

import pytest

from pp_core.kernel.policy import Role
from pp_core.memberships.operations import (
    CancelMembership,
    CheckIn,
    ListMemberships,
    ListVisits,
    ShowDoorCode,
)
from pp_core.tenants.operations import AssignRoles
from pp_tui.screens import desk as desk_screen
from pp_tui.screens.sign_in import SignInScreen
from tests.staff import hire
from tests.tui.conftest import Desk


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every so often is looked at all the time."""
    monkeypatch.setattr(desk_screen, "DAY_SECONDS", 0.05)
    monkeypatch.setattr(desk_screen, "AGAIN_SECONDS", 0.05)


async def test_at_midnight_the_day_and_its_code_begin_anew(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru", plan="DAY")
    await desk.gym.operator.run(CheckIn(member=member.code))
    async with desk.at_the_desk() as screen:
        await screen.type("amina")
        await screen.sees("Today: 1 visit", "Good, ends today", (await desk.gym.operator.run(ShowDoorCode())).code)
        desk.gym.runtime.clock.advance(timedelta(hours=15))
        code = (await desk.gym.operator.run(ShowDoorCode())).code
        await screen.sees("Today: 0 visits", f"Code at the desk: {code}", "✗ Amina Wanjiru")


async def test_a_membership_that_ended_under_the_cursor_can_be_overridden(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    [held] = (await desk.gym.operator.run(ListMemberships(member=member.code))).items
    async with desk.at_the_desk() as screen:
        await screen.type("amina")
        await screen.sees("Good, 29 days left")
        await desk.gym.operator.run(CancelMembership(membership_id=held.id))
        await screen.press("enter")
        await screen.sees("F3 lets them in", "Cancelled")
        await screen.press("f3")
        await screen.sees("Let Amina Wanjiru in all the same?")


async def test_a_visit_by_another_door_shows_on_the_person_found(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.type("amina")
        await screen.sees("Good, 29 days left")
        await desk.gym.operator.run(CheckIn(member=member.code))
        await screen.sees("in since 10:00")


async def test_whose_rights_came_back_sees_the_day_go_on(desk: Desk) -> None:
    await hire(desk.gym, Role.GYM_ADMIN)
    member = await desk.member("Amina Wanjiru")
    operator = desk.gym.operator
    async with desk.at_the_desk() as screen:
        await screen.sees("Today: 0 visits", "F3 Let in")
        await operator.run(AssignRoles(person_id=desk.staff.person_id, roles=[Role.TRAINER]))
        await screen.type("ami")
        await screen.until(lambda: "F3 Let in" not in screen.text, "took the keys away")
        await operator.run(AssignRoles(person_id=desk.staff.person_id, roles=[Role.RECEPTION]))
        await operator.run(CheckIn(member=member.code))
        await screen.type("n")
        await screen.sees("Today: 1 visit", "F3 Let in", "in since 10:00")


async def test_whose_rights_were_taken_sees_nothing_of_the_gym_any_more(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    operator = desk.gym.operator
    await operator.run(CheckIn(member=member.code))
    async with desk.at_the_desk() as screen:
        await screen.sees("Today: 1 visit", "Amina Wanjiru")
        await operator.run(AssignRoles(person_id=desk.staff.person_id, roles=[Role.CLIENT]))
        await operator.run(CheckIn(member=(await desk.member("Brian Otieno")).code))
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
        await screen.sees("This screen is for those who work at Kilimani Strength.")
        assert "Amina" not in screen.text


async def test_a_refusal_names_people_not_their_identifiers(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        await desk.gym.operator.run(AssignRoles(person_id=desk.staff.person_id, roles=[Role.TRAINER]))
        await screen.press("enter")
        await screen.until(lambda: "F3 Let in" not in screen.text, "took the keys away")
        await screen.sees("✗")
        assert str(member.id)[:13] not in screen.text
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_a_trainer_is_offered_no_key_that_would_be_refused(desk: Desk) -> None:
    trainer = await hire(desk.gym, Role.TRAINER, name="Otieno Ouma")
    async with desk.driven() as screen:
        await screen.sign_in(trainer)
        await screen.sees("Today: 0 visits", "F9 Lock")
        assert "Check in" not in screen.text
        assert "Let in" not in screen.text
