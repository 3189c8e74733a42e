"""Signing in, the lock, and signing out."""

import pytest
from pydantic import SecretStr
from textual.widgets import Input

from pp_core.identity.operations import ListDevices, SignOutEverywhere
from pp_core.kernel.policy import Role
from pp_core.memberships.operations import CheckIn, ListVisits, ShowDoorCode
from pp_core.tenants.operations import SetPin
from pp_tui.screens.desk import DeskScreen
from pp_tui.screens.lock import LockScreen
from pp_tui.screens.sign_in import SignInScreen
from pp_tui.widgets.visits import Visits
from tests.conftest import Gym, onboard
from tests.staff import PASSWORD, hire
from tests.tui.conftest import Desk

PIN = "481926"
LANGUAGES = pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Type your e-mail or phone first.", "Type your password.", "The login or the password is wrong")),
        ("sw", ("Andika kwanza barua pepe au simu yako.", "Andika nenosiri lako.", "si sahihi")),
    ],
)


@LANGUAGES
async def test_what_is_missing_or_wrong_is_said(desk: Desk, language: str, words: tuple[str, str, str]) -> None:
    async with desk.driven(language=language) as screen:
        await screen.press("tab", "enter")
        await screen.sees(words[0])
        await screen.type("0722 999 999")
        await screen.press("enter", "enter")
        await screen.sees(words[1])
        await screen.type("no such password")
        await screen.press("enter")
        await screen.sees(words[2])
        assert screen.app.screen.query_one("#identifier", Input).value == "0722 999 999"
        assert screen.app.screen.query_one("#password", Input).value == ""


async def test_help_tells_every_key_and_question_mark_is_a_letter_of_passwords(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.press("tab", "question_mark")
        assert screen.app.screen.query_one("#password", Input).value == "?"
        await screen.press("f1")
        await screen.sees("Sign in with the e-mail or phone and the password of your login.", "F6  Swahili")
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))


async def test_whoever_works_in_two_gyms_chooses_one(desk: Desk, clocked_gym: Gym) -> None:
    second = await onboard(clocked_gym.runtime, "Westlands Fitness")
    await hire(second, Role.RECEPTION, phone=desk.staff.phone)
    async with desk.driven() as screen:
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        await screen.press("tab")
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.sees("Which gym are you at?", "Kilimani Strength", "Westlands Fitness")
        await screen.press("down", "enter")
        await screen.sees("Westlands Fitness · Njeri Mwangi", "Today: 0 visits")


async def test_the_lock_hides_everything_and_the_pin_opens_it_as_it_was(office: Desk) -> None:
    member = await office.member("Amina Wanjiru", "+254711000001")
    await office.gym.operator.run(CheckIn(member=member.code))
    async with office.at_the_desk() as screen:
        await screen.app.link.run(SetPin(member=str(office.staff.person_id), pin=SecretStr(PIN)))
        await screen.sees("Code at the desk: ")
        code = (await office.gym.operator.run(ShowDoorCode())).code
        await screen.type("amina")
        await screen.sees("M00003", code)
        await screen.press("f9")
        await screen.sees("Locked", "Wairimu Njoroge is signed in.")
        lock = screen.app.screen
        for hidden in ("Amina", "M00003", "+254711000001", code, "10:00 Amina", "Today"):
            assert hidden not in screen.text
        # No key of the desk, the card, health or the audit trail acts, whatever is typed.
        await screen.press("f3", "f7", "f8", "f9", "escape", "tab", "down", "ctrl+r", "f2", "f3", "f7", "f8")
        assert screen.app.screen_stack[1:] == [screen.app.screen_stack[1], lock]
        for action in ("health", "audit", "sign_out", "lock"):
            assert not await screen.app.run_action(action), f"{action} acted behind the lock"
        assert screen.app.screen is lock
        # What changes behind it stays behind it.
        brian = await office.member("Brian Otieno", "+254711000002")
        await office.gym.operator.run(CheckIn(member=brian.code))
        desk = screen.app.screen_stack[1]
        await screen.until(lambda: len(desk.query_one(Visits)._today.visits) == 2)  # type: ignore[union-attr]
        assert "Brian" not in screen.text
        await screen.press("f1")
        await screen.sees("Esc")
        assert "Brian" not in screen.text
        assert "Amina" not in screen.text
        await screen.press("escape", "f9")
        assert screen.app.screen is lock
    async with office.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        await screen.press("f9")
        await screen.until(lambda: screen.app.screen.query("#pin:focus"))
        await screen.type(PIN)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        await screen.sees("Amina Wanjiru", "M00003", "Brian Otieno")
        assert screen.value == "amina"
        assert screen.app.screen.query("#search:focus")


async def test_a_wrong_pin_is_counted_and_the_right_one_opens(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await screen.type("ami")
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.type("111222")
        await screen.press("enter")
        await screen.sees("✗")
        assert isinstance(screen.app.screen, LockScreen)
        await screen.type(PIN)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        assert screen.value == "ami"


async def test_the_password_opens_for_who_has_no_pin_and_leaves_no_session_behind(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.type("1234")
        await screen.press("enter")
        await screen.until(lambda: screen.app.screen.query_one("#password").display)
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        assert len((await screen.app.link.run(ListDevices())).items) == 1


async def test_a_desk_left_alone_locks_itself(desk: Desk) -> None:
    async with desk.driven(idle_seconds=0.2) as screen:
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        screen.app.screen.query_one("#password", Input).value = PASSWORD
        await screen.press("enter", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.sees("PIN")


async def test_a_session_that_was_ended_elsewhere_asks_for_the_password_and_goes_on(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        device = desk.staff.holding(await desk.staff.sign_in())
        await device.run(SignOutEverywhere())
        await screen.press("enter")
        await screen.sees("Locked")
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.sees("Amina Wanjiru is in", "Today: 1 visit")
    assert len((await desk.gym.operator.run(ListVisits())).items) == 1


async def test_signing_out_ends_the_session_and_leaves_nothing(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.finds("amina", "M00003")
        await screen.press("f4")
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
        assert "Kilimani" not in screen.text
        device = desk.staff.holding(await desk.staff.sign_in())
        assert len((await device.run(ListDevices())).items) == 1


@pytest.mark.parametrize(
    ("language", "unset"),
    [("en", "You have no PIN yet: your password opens."), ("sw", "Bado huna PIN: nenosiri lako hufungua.")],
)
async def test_who_has_no_pin_is_asked_for_the_password_and_may_go_back(desk: Desk, language: str, unset: str) -> None:
    async with desk.at_the_desk(language=language) as screen:
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.type("1234")
        await screen.press("enter")
        await screen.sees(unset)
        await screen.press("f2")
        await screen.until(lambda: screen.app.screen.query_one("#pin").display)
        assert not screen.app.screen.query_one("#password").display
        await screen.press("f2")
        await screen.until(lambda: screen.app.screen.query_one("#password").display)


async def test_after_too_many_wrong_pins_the_password_is_asked_for(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        for _ in range(5):
            await screen.type("111222")
            await screen.press("enter")
            await screen.until(lambda: not screen.app.screen._busy)
        await screen.sees("Too many wrong PINs.", "Your password opens too.")
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This screen is for those who work at Kilimani Strength."),
        ("sw", "Skrini hii ni ya wanaofanya kazi Kilimani Strength."),
    ],
)
async def test_a_member_is_told_that_the_desk_is_not_theirs(desk: Desk, language: str, sentence: str) -> None:
    client = await hire(desk.gym, Role.CLIENT)
    async with desk.driven(language=language) as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        screen.app.screen.query_one("#identifier", Input).value = client.phone
        screen.app.screen.query_one("#password", Input).value = PASSWORD
        screen.app.screen.query_one("#password").focus()
        await screen.press("enter")
        await screen.sees(sentence)
        device = client.holding(await client.sign_in())
        assert len((await device.run(ListDevices())).items) == 1


async def test_what_was_wrong_is_said_in_the_language_of_the_moment(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        screen.app.screen.query_one("#password", Input).value = "no such password"
        screen.app.screen.query_one("#password").focus()
        await screen.press("enter")
        await screen.sees("The login or the password is wrong")
        await screen.press("f6")
        await screen.sees("Jina la kuingia au nenosiri si sahihi")


async def test_the_first_screen_does_not_say_that_it_connects_for_ever(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        await screen.until(lambda: "Connecting" not in screen.text)


async def test_a_password_that_stays_while_nobody_answers_is_typed_over(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.driven(nobody=wire) as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        wire.cut()
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        await screen.press("enter")
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.sees("✗")
        assert screen.app.screen.query_one("#password", Input).value == PASSWORD
        wire.mend()
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
