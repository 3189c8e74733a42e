"""A screen on a machine where somebody did `pp login`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.widgets import Input

from pp_core.client.local import LocalClient
from pp_core.client.session import Login
from pp_core.client.signing_in import Reached
from pp_core.identity.operations import ListDevices, SignedIn, SignOutEverywhere
from pp_core.kernel.call import NOBODY
from pp_core.kernel.policy import Door, Role
from pp_core.memberships.operations import CheckIn, ListVisits
from pp_tui.app import PulseApp
from pp_tui.screens.desk import DeskScreen
from pp_tui.screens.lock import LockScreen
from pp_tui.screens.sign_in import SignInScreen
from tests.conftest import onboard
from tests.staff import PASSWORD, hire
from tests.tui.conftest import Desk, Driven


@asynccontextmanager
async def taken_up(desk: Desk, kept_in: str | None, signed_in: SignedIn, **more: Any) -> AsyncIterator[Driven]:
    """A screen that begins with the login that this machine keeps."""
    pulse = desk.gym.runtime.pulse

    @asynccontextmanager
    async def reach() -> AsyncIterator[Reached]:
        login = Login("http://gym.example", desk.staff.phone, kept_in, "refresh")
        yield Reached(LocalClient(pulse, Door.TUI, NOBODY), login.url, desk.staff.holding(signed_in), login)

    app = PulseApp(reach, clock=desk.gym.runtime.clock, signed_in=True, **more)
    async with app.run_test() as pilot:
        yield Driven(app, pilot)


async def test_the_desk_shows_at_once_and_works(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with taken_up(desk, desk.gym.slug, await desk.staff.sign_in(gym=desk.gym.slug)) as screen:
        assert isinstance(screen.app.screen, DeskScreen)
        await screen.type("amina")
        await screen.press("enter")
        await screen.sees("Amina Wanjiru is in", "Kilimani Strength · Njeri Mwangi", "Today: 1 visit")


async def test_the_gym_that_was_asked_for_is_the_one_shown(desk: Desk) -> None:
    second = await onboard(desk.gym.runtime, "Westlands Fitness")
    await hire(second, Role.RECEPTION, phone=desk.staff.phone)
    async with taken_up(desk, desk.gym.slug, await desk.staff.sign_in(gym=second.slug), gym=second.slug) as screen:
        await screen.sees("Westlands Fitness · Njeri Mwangi")


async def test_who_works_in_several_gyms_and_chose_none_signs_in(desk: Desk) -> None:
    second = await onboard(desk.gym.runtime, "Westlands Fitness")
    await hire(second, Role.RECEPTION, phone=desk.staff.phone)
    async with taken_up(desk, None, await desk.staff.sign_in()) as screen:
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))


async def test_a_kept_login_that_ended_asks_to_sign_in_and_says_why(desk: Desk) -> None:
    signed_in = await desk.staff.sign_in(gym=desk.gym.slug)
    await desk.staff.holding(signed_in).run(SignOutEverywhere())
    async with taken_up(desk, desk.gym.slug, signed_in) as screen:
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
        await screen.sees("✗")


async def test_signing_out_keeps_the_machines_login_and_ends_the_next_persons(desk: Desk) -> None:
    other = await hire(desk.gym, Role.RECEPTION, name="Otieno Ouma")
    signed_in = await desk.staff.sign_in(gym=desk.gym.slug)
    async with taken_up(desk, desk.gym.slug, signed_in) as screen:
        await screen.sees("Njeri Mwangi")
        await screen.press("f4")
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
        assert (await desk.staff.holding(signed_in).run(ListDevices())).items, "as `pp login` left it"
        screen.app.screen.query_one("#identifier", Input).value = ""
        await screen.sign_in(other)
        await screen.sees("Otieno Ouma")
        await screen.press("f4")
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
    left = (await other.holding(await other.sign_in()).run(ListDevices())).items
    assert len(left) == 1, "only the one that asks"


async def test_a_kept_login_that_ends_at_the_desk_is_replaced_by_the_password(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    signed_in = await desk.staff.sign_in(gym=desk.gym.slug)
    async with taken_up(desk, desk.gym.slug, signed_in) as screen:
        await screen.sees("Njeri Mwangi", "Today: 0 visits")
        await desk.staff.holding(signed_in).run(SignOutEverywhere())
        await screen.press("a")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.until(lambda: screen.app.screen.query("#password:focus"))
        await screen.type(PASSWORD)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        assert screen.value == "a"
        await desk.gym.operator.run(CheckIn(member=member.code))
        await screen.sees("Today: 1 visit")
    assert len((await desk.gym.operator.run(ListVisits())).items) == 1
