"""Answers that come late: to another screen, to a locked one, to somebody else."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr
from textual.widgets import Input

from pp_core.identity.operations import ListDevices, SignOutEverywhere
from pp_core.kernel.errors import Internal, ServerUnreachable, SessionEnded
from pp_core.kernel.policy import Role
from pp_core.memberships.operations import CancelMembership, ListMemberships, ListVisits
from pp_core.tenants.operations import GetGym, SetPin
from pp_tui import app as application
from pp_tui import link
from pp_tui.latest import Latest
from pp_tui.screens.alert import AlertScreen
from pp_tui.screens.desk import DeskScreen
from pp_tui.screens.help import HelpScreen
from pp_tui.screens.lock import LockScreen
from pp_tui.screens.sign_in import SignInScreen
from tests.staff import PASSWORD, hire
from tests.tui.conftest import Desk, Driven

PIN = "481926"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other quickly."""
    monkeypatch.setattr(link, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(application, "PAUSE_SECONDS", 0.05)


async def shows(screen: Driven, kind: type) -> None:
    await screen.until(lambda: isinstance(screen.app.screen, kind), f"showed {kind.__name__}")


async def unlock(screen: Driven, secret: str = PIN) -> None:
    await screen.type(secret)
    await screen.press("enter")


# Who is refused late is told to whoever unlocks


async def test_a_late_refusal_waits_for_the_lock_to_open(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await screen.finds("amina", "M00003")
        wire.cut()
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        await screen.press("f9")
        await shows(screen, LockScreen)
        [held] = (await desk.gym.operator.run(ListMemberships(member=member.code))).items
        await desk.gym.operator.run(CancelMembership(membership_id=held.id))
        wire.mend()
        await screen.until(lambda: screen.app.standing.waiting == 0, "was answered")
        await screen.pilot.pause()
        assert isinstance(screen.app.screen, LockScreen)
        assert "Amina" not in screen.text
        await unlock(screen)
        await shows(screen, AlertScreen)
        await screen.sees("Amina Wanjiru was let in")
        await screen.press("escape")
        await shows(screen, DeskScreen)


# The session ends behind the lock


async def test_a_session_that_ends_behind_the_lock_asks_for_the_password_once(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await screen.type("ami")
        await screen.press("f9")
        await shows(screen, LockScreen)
        await desk.staff.holding(await desk.staff.sign_in()).run(SignOutEverywhere())
        await unlock(screen)
        await screen.until(lambda: screen.app.screen.query_one("#password").display, "asked for the password")
        await unlock(screen, PASSWORD)
        await shows(screen, DeskScreen)
        assert (await screen.app.link.run(GetGym())).slug == desk.gym.slug
        assert screen.value == "ami"
        assert isinstance(screen.app.screen, DeskScreen)


async def test_who_asked_for_help_at_the_lock_finds_it_open_afterwards(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await screen.press("f9")
        await shows(screen, LockScreen)
        wire.hold("tenants.check_pin")
        await unlock(screen)
        await screen.press("f1")
        await shows(screen, HelpScreen)
        wire.release()
        await shows(screen, DeskScreen)
        assert not screen.app.is_closed


# Signing in and out


async def test_help_that_was_opened_while_signing_in_leaves_nothing_closed(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.driven(nobody=wire) as screen:
        wire.hold("identity.sign_in")
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        screen.app.screen.query_one("#password", Input).value = PASSWORD
        await screen.press("enter", "enter", "f1")
        await shows(screen, HelpScreen)
        wire.release()
        await shows(screen, DeskScreen)
        assert not screen.app.is_closed
        await screen.press("f9")
        await shows(screen, LockScreen)


async def test_signing_out_twice_does_not_sign_the_next_one_out(desk: Desk) -> None:
    other = await hire(desk.gym, Role.RECEPTION, name="Otieno Ouma")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("identity.sign_out")
        await screen.press("f4", "f4", "f4")
        wire.release()
        await shows(screen, SignInScreen)
        first = screen.app.screen
        await screen.pilot.pause()
        assert screen.app.screen is first
        await screen.sign_in(other)
        await screen.sees("Otieno Ouma")
        await screen.pilot.pause(0.1)
        assert (await screen.app.link.run(ListDevices())).items
        assert isinstance(screen.app.screen, DeskScreen)


async def test_what_the_first_asked_is_never_shown_to_the_second(desk: Desk) -> None:
    """Requests of the first person answered, or refused, while the second one is at the desk."""
    other = await hire(desk.gym, Role.RECEPTION, name="Otieno Ouma")
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.type("amina")
        await screen.press("f4")
        await shows(screen, SignInScreen)
        await screen.sign_in(other)
        wire.release()
        await screen.sees("Otieno Ouma", "Today: 0 visits")
        await screen.pilot.pause(0.1)
        assert "Amina" not in screen.text


async def test_a_check_in_is_not_sent_in_somebody_elses_name(desk: Desk) -> None:
    other = await hire(desk.gym, Role.RECEPTION, name="Otieno Ouma")
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00004")
        wire.cut()
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        await screen.press("f4")
        await screen.sees("1 check-in")
        await screen.press("enter")
        await shows(screen, SignInScreen)
        wire.mend()
        await screen.sign_in(other)
        await screen.sees("Otieno Ouma", "Online")
        await screen.pilot.pause(0.1)
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_the_end_of_an_old_session_locks_nobody_out(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:

        class Old:
            async def run(self, op: Any, *, key: str | None = None) -> Any:
                raise SessionEnded

        with pytest.raises(SessionEnded):
            await screen.app.link.ask(Old(), GetGym())  # type: ignore[arg-type]
        await screen.pilot.pause()
        assert isinstance(screen.app.screen, DeskScreen)


async def test_a_server_that_is_back_is_noticed_before_anybody_signs_in(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.driven(nobody=wire) as screen:
        wire.cut()
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        screen.app.screen.query_one("#password", Input).value = PASSWORD
        await screen.press("enter", "enter")
        await screen.sees("Offline")
        wire.mend()
        await screen.sees("Online")
        assert isinstance(screen.app.screen, SignInScreen)


# The desk


async def test_a_slow_answer_leaves_the_next_name_alone(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Otieno")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00003")
        wire.hold("memberships.check_in")
        await screen.press("enter", "escape")
        await screen.finds("brian", "M00004")
        wire.release()
        await screen.sees("Amina Wanjiru is in", "Today: 1 visit")
        assert screen.value == "brian"
        assert "M00004" in screen.text


async def test_who_was_entered_before_the_hits_came_is_let_in_behind_the_next_name(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Otieno")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.press(*"amina", "enter", *"brian")
        wire.release()
        await screen.sees("Amina Wanjiru is in", "Today: 1 visit", "M00004")
        assert screen.value == "brian"
    [visit] = (await desk.gym.operator.run(ListVisits())).items
    assert visit.person_name == "Amina Wanjiru"


async def test_who_was_entered_and_could_not_be_told_from_others_must_be_looked_up_again(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Wanjala")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.press(*"wanj", "enter", *"br")
        wire.release()
        await shows(screen, AlertScreen)
        await screen.sees('Nobody was let in for "wanj"')
        await screen.press("escape")
        assert screen.value == "br"
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_a_search_that_is_cleared_lets_nobody_in(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.find_at_desk")
        await screen.press(*"amina", "enter", "escape")
        wire.release()
        await screen.type("m")
        await screen.sees("M00003")
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_enter_that_found_no_server_lets_nobody_in_later(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.sees("Today: 0 visits")
        wire.cut()
        await screen.press(*"m00003", "enter")
        await screen.until(lambda: "is looked up once it does" in " ".join(screen.text.split()))
        wire.mend()
        await screen.sees("Amina Wanjiru", "Good, 29 days left")
        await screen.pilot.pause(0.1)
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_a_reason_given_while_the_first_answer_is_awaited_counts(desk: Desk) -> None:
    await desk.member("Esther Wanza", plan=None)
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("esther", "M00003")
        wire.hold("memberships.check_in")
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        await screen.press("f3")
        await screen.sees("Let Esther Wanza in all the same?")
        await screen.type("pays tonight")
        await screen.press("enter")
        wire.release()
        await screen.sees("let in: pays tonight", "Today: 1 visit")
        await screen.until(lambda: screen.app.standing.waiting == 0)
    [visit] = (await desk.gym.operator.run(ListVisits())).items
    assert visit.override_reason == "pays tonight"


# Following and asking


async def test_following_goes_on_after_a_failure_of_the_server() -> None:
    outcomes: list[Any] = [Internal(correlation_id="x"), ServerUnreachable(url="x"), None]

    class Client:
        async def watch(self, topic: Any) -> Any:
            outcome = outcomes.pop(0)
            if outcome is not None:
                raise outcome
            yield "change"

    way = link.Link(lambda _: None, lambda _: None)
    way.use(Client())  # type: ignore[arg-type]
    followed = way.follow(None)  # type: ignore[arg-type]
    assert await asyncio.wait_for(anext(followed), 5) == "change"
    await followed.aclose()


async def test_a_wish_made_while_another_fails_is_asked_all_the_same() -> None:
    asked: list[str] = []
    failing = asyncio.Event()

    async def ask(wish: str) -> None:
        asked.append(wish)
        if wish == "first":
            await failing.wait()
            raise ValueError(wish)

    latest: Latest[str] = Latest(ask)
    first = asyncio.create_task(latest.want("first"))
    await asyncio.sleep(0)
    second = asyncio.create_task(latest.want("second"))
    await asyncio.sleep(0)
    failing.set()
    with pytest.raises(ValueError, match="first"):
        await first
    await second
    assert asked == ["first", "second"]
    assert latest.settled


async def test_leaving_while_a_screen_is_put_up_is_no_crash(desk: Desk) -> None:
    for _ in range(10):
        async with desk.at_the_desk() as screen:
            screen.app.action_lock()


async def test_a_crash_tells_no_secrets(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.driven() as screen:
        app = screen.app
        monkeypatch.setattr(app, "_close_messages_no_wait", lambda: None)

        def fail(secret: str) -> None:
            raise ValueError(len(secret))

        try:
            fail("-".join("masika"))
        except ValueError:
            app._fatal_error()
        with app.console.capture() as captured:
            for each in app._exit_renderables:
                app.console.print(each)
        app._exit_renderables.clear()
    told = captured.get()
    assert "ValueError" in told
    assert "m-a-s-i-k-a" not in told
