"""Who is out, what they did, and judging what does not look honest: over a real core."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from textual.widgets import Static

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.tracking.operations import (
    ListFlags,
    PauseActivity,
    ResumeActivity,
    StartActivity,
    StopActivity,
    UploadPoints,
    Verdict,
    Visibility,
)
from pp_tui.screens import moving
from pp_tui.screens.activities import ActivitiesScreen
from pp_tui.screens.activity import ActivityScreen
from pp_tui.screens.flags import FlagsScreen
from pp_tui.screens.out import OutScreen
from pp_tui.widgets.curve import Curve
from pp_tui.widgets.rows import Rows
from pp_tui.widgets.way import BOTH, START
from tests.conftest import TestHome
from tests.outdoors import Outdoors, Runner, reader
from tests.staff import hire
from tests.tracking.ways import loop, north
from tests.tui.conftest import Desk, Driven
from tests.tui.snapshots import NARROW, WIDE, is_kept

SHAPES = [
    pytest.param(size, look, language, id=f"{size[0]}x{size[1]}-{look}-{language}")
    for size, look, language in [(NARROW, "dark", "en"), (NARROW, "light", "sw"), (WIDE, "light", "en"), (WIDE, "dark", "sw")]
]  # fmt: skip


@pytest.fixture
def outdoors(office: Desk, clock: ManualClock, home: TestHome) -> Outdoors:
    """The people of the manager's gym."""
    return Outdoors(office.gym, clock, reader(home))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next look."""
    monkeypatch.setattr(moving, "BREATH_SECONDS", 0.01)


@asynccontextmanager
async def board(office: Desk, **more: object) -> AsyncIterator[Driven]:
    """The live board, opened from the desk."""
    async with office.at_the_desk(**more) as screen:
        await screen.press("ctrl+o")
        await screen.until(lambda: isinstance(screen.app.screen, OutScreen), "opened")
        yield screen


async def set_out(runner: Runner, metres: float, *, speed: float = 3.0, **more: object) -> None:
    """Be out since so long that `metres` lie behind them by now."""
    begins = runner.clock.now() - timedelta(seconds=metres / speed)
    started = await runner.client.run(StartActivity(started_at=begins, **more))
    way = tuple(
        point.model_copy(update={"hr": 152, "speed": speed}) for point in north(begins, metres=metres, speed=speed)
    )
    await runner.client.run(UploadPoints(activity_id=started.id, points=way))


# Who is out


async def test_the_board_follows_who_sets_out_moves_pauses_and_stops(office: Desk, outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    async with board(office) as screen:
        await screen.sees("0 are out now.")
        await set_out(amina, 1500)
        await screen.sees("✓ 1 is out now.", "Amina Wanjiru", "Run", "8:20", "1.5 km", "5:33 /km", "152 bpm")
        await screen.sees("heard of just now")
        brian = await outdoors.runner("Brian Otieno")
        await brian.client.run(StartActivity())
        await screen.sees("2 are out now.", "! Brian Otieno", "no position yet")
        await amina.client.run(PauseActivity())
        await screen.sees("– Amina Wanjiru", "paused")
        await amina.client.run(ResumeActivity())
        await screen.sees("✓ Amina Wanjiru")
        await amina.client.run(StopActivity())
        await screen.until(lambda: "Amina" not in screen.text)
        await screen.sees("1 is out now.")


async def test_who_was_not_heard_of_is_late_in_words(
    office: Desk, outdoors: Outdoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "TICK_SECONDS", 0.02)
    await set_out(await outdoors.runner(), 1500)
    async with board(office) as screen:
        await screen.sees("✓ Amina Wanjiru", "heard of just now")
        outdoors.later(minutes=4)  # nothing is heard, and still the screen knows
        await screen.sees("! Amina Wanjiru", "late: heard of 4 min ago", "1 was not heard of for a while.", "12:20")


async def test_the_cursor_stays_with_whom_it_is_on(office: Desk, outdoors: Outdoors) -> None:
    first = await outdoors.runner("Amina Wanjiru")
    await set_out(first, 1500)
    async with board(office) as screen:
        await screen.sees("Amina Wanjiru")
        await set_out(await outdoors.runner("Brian Otieno"), 300)
        await screen.sees("Brian Otieno")
        assert screen.app.screen.query_one("#runners", Rows).highlighted == 1
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, ActivityScreen))
        await screen.sees("Amina Wanjiru", "live")
        await screen.press("escape")
        await screen.sees("2 are out now.")


async def test_the_board_speaks_swahili(office: Desk, outdoors: Outdoors) -> None:
    await set_out(await outdoors.runner(), 1500)
    async with board(office, language="sw") as screen:
        await screen.sees("1 yuko nje sasa.", "Kukimbia", "km 1.5", "alisikika sasa hivi", "mapigo 152")
        await screen.press("f6")
        await screen.sees("1 is out now.", "heard of just now")


async def test_without_the_server_the_board_tells_how_old_it_is(office: Desk, outdoors: Outdoors) -> None:
    await set_out(await outdoors.runner(), 1500)
    wire = office.wire()
    async with board(office, nobody=wire) as screen:
        await screen.sees("1 is out now.")
        wire.cut()
        await screen.press("ctrl+r")
        await screen.sees("The server does not answer. What you see is from 10:00.", "Amina Wanjiru")
        brian = await outdoors.runner("Brian Otieno")
        await set_out(brian, 300)
        wire.mend()
        await screen.sees("2 are out now.", "Brian Otieno")


async def test_a_board_that_never_was_asked_for_in_vain_comes_later(office: Desk, outdoors: Outdoors) -> None:
    await set_out(await outdoors.runner(), 1500)
    wire = office.wire()
    async with office.at_the_desk(nobody=wire) as screen:
        wire.cut()
        await screen.press("ctrl+o")
        await screen.sees("The server does not answer. It is asked again")
        wire.mend()
        await screen.sees("1 is out now.", "Amina Wanjiru")


async def test_whoever_may_not_see_who_is_out_has_no_key_for_it(office: Desk, outdoors: Outdoors) -> None:
    auditor = Desk(office.gym, await hire(office.gym, Role.TRAINER, name="Njeri Mwangi"))
    outdoors.rows("UPDATE people SET roles = '{NUTRITIONIST}' WHERE id = %(id)s", id=auditor.staff.person_id)
    async with auditor.at_the_desk() as screen:
        await screen.sees("F9 Lock")
        assert "^O" not in screen.text
        await screen.press("ctrl+o")
        await screen.pilot.pause()
        assert not isinstance(screen.app.screen, OutScreen)


async def test_reception_sees_who_is_out_and_judges_nobody(desk: Desk, clock: ManualClock, home: TestHome) -> None:
    await set_out(await Outdoors(desk.gym, clock, reader(home)).runner(), 1500)
    async with board(desk) as screen:
        await screen.sees("1 is out now.", "Enter Open")
        assert "Review" not in screen.text


# One activity


async def ran(outdoors: Outdoors, name: str = "Amina Wanjiru", **more: object) -> Runner:
    """Somebody who ran round a hill yesterday."""
    runner = await outdoors.runner(name)
    begins = outdoors.now - timedelta(days=1, hours=2)
    await runner.run(loop(begins, metres=5300, speed=3.2, sway=0.2), title="Karura loop", **more)
    return runner


async def test_from_a_persons_card_to_their_run(office: Desk, outdoors: Outdoors) -> None:
    await ran(outdoors)
    async with office.at_the_desk(size=WIDE) as screen:
        await screen.type("amina")
        await screen.sees("Amina Wanjiru", "M00003")
        await screen.press("f2")
        await screen.sees("None logged so far.", "^O Outdoors")
        await screen.press("ctrl+o")
        await screen.until(lambda: isinstance(screen.app.screen, ActivitiesScreen))
        await screen.sees("1 activity.", "Fri 20 Nov", "Run", "5.3 km", "27:3", "/km", "Karura loop", "↑ 40 m")
        await screen.press("enter")
        await screen.sees("Amina Wanjiru  Run", "Fri 20 Nov 08:00 · finished · Karura loop")
        await screen.sees("Distance", "5.3 km", "Climbed", "40 m", "Heart", "140 bpm")
        await screen.sees(
            "Kilometre by kilometre", "Fastest stretches", "5 km", "★ record", "Height above the sea", BOTH
        )
        assert "half marathon" not in screen.text
        await screen.press("f3")
        await screen.sees("5:12 /km" if "5:12 /km" in screen.text else "/km")
        await screen.until(lambda: "Height above the sea" not in screen.text)
        await screen.press("f3")
        await screen.until(lambda: "Heart rate" in screen.text)
        await screen.press("f3")
        await screen.sees("Height above the sea")
        await screen.press("escape", "escape", "escape")
        await screen.until(lambda: screen.app.screen.query("#search"), "went back to the desk")
        assert screen.value == "amina"


async def test_a_live_activity_moves(office: Desk, outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    begins = outdoors.now
    started = await amina.client.run(StartActivity(title="Now"))
    way = north(begins, metres=3000, speed=3)
    async with board(office, size=WIDE) as screen:
        await screen.sees("Amina Wanjiru")
        await screen.press("enter")
        await screen.sees("It goes on", "Now", "0 m")
        outdoors.later(seconds=500)
        await amina.client.run(UploadPoints(activity_id=started.id, points=way[:101]))
        await screen.sees("1.5 km", "8:20", START)
        outdoors.later(seconds=500)
        await amina.client.run(UploadPoints(activity_id=started.id, points=way[101:]))
        await screen.sees("3 km", "16:40")
        await amina.client.run(PauseActivity())
        await screen.sees("Paused: what is done meanwhile does not count.")
        await amina.client.run(StopActivity())
        await screen.sees("finished", "Kilometre by kilometre")
        await screen.until(lambda: "It goes on" not in screen.text)


async def test_an_activity_that_is_deleted_or_hidden_is_told(office: Desk, outdoors: Outdoors) -> None:
    amina = await ran(outdoors)
    outdoors.rows("UPDATE activities SET visibility = 'private' WHERE person_id = %(id)s", id=amina.id)
    async with office.at_the_desk() as screen:
        (row,) = outdoors.rows("SELECT id FROM activities WHERE person_id = %(id)s", id=amina.id)
        screen.app.push_screen(ActivityScreen(row.id))
        await screen.sees("There is no such activity.")


async def test_what_is_hidden_is_not_on_the_card(office: Desk, outdoors: Outdoors) -> None:
    amina = await ran(outdoors)
    outdoors.rows(
        "UPDATE activities SET hidden = '{map,heart_rate,speed,start_time}' WHERE person_id = %(id)s", id=amina.id
    )
    async with office.at_the_desk(size=WIDE) as screen:
        (row,) = outdoors.rows("SELECT id FROM activities WHERE person_id = %(id)s", id=amina.id)
        screen.app.push_screen(ActivityScreen(row.id))
        await screen.sees("Distance", "5.3 km", "Height above the sea")
        assert BOTH not in screen.text
        for hidden in ("bpm", "/km", "Kilometre by kilometre", "08:00", "F3 Chart"):
            assert hidden not in screen.text


# Judging


async def flagged(outdoors: Outdoors) -> Runner:
    """Somebody who rode a part of their run."""
    david = await outdoors.runner("David Kamau")
    begins = outdoors.now - timedelta(hours=3)
    way = north(begins, metres=1500)
    ride = north(way[-1].ts, metres=1100, speed=11.0, start=(way[-1].lat, way[-1].lon))[1:]
    rest = north(ride[-1].ts, metres=600, start=(ride[-1].lat, ride[-1].lon))[1:]
    done = await david.run(way + ride + rest, title="To town")
    outdoors.rows("DELETE FROM activity_flags WHERE activity_id = %(id)s", id=done.id)
    outdoors.flag(done.id, from_s=500, to_s=600, seen='{"speed": 11.0, "limit": 7.58, "seconds": 100}')
    return david


@asynccontextmanager
async def review(office: Desk, **more: object) -> AsyncIterator[Driven]:
    """The screen of flags, opened from the live board."""
    async with board(office, **more) as screen:
        await screen.sees("out now")
        await screen.press("f3")
        await screen.until(lambda: isinstance(screen.app.screen, FlagsScreen), "opened")
        yield screen


async def test_a_flag_says_what_was_seen_and_is_judged_with_a_second_thought(office: Desk, outdoors: Outdoors) -> None:
    david = await flagged(outdoors)
    async with review(office, size=WIDE) as screen:
        await screen.sees("1 waits for a verdict.", "David Kamau", "39.6 km/h for 1:40.", "believable up to 27.3 km/h")
        await screen.sees("From 8:20 to 10:00 into the activity", "27.3 km/h.", "not judged yet")
        await screen.sees("Speed in km/h", "8:00")
        await screen.press("c")
        await screen.sees("Judge this of David Kamau a cheat?", "39.6 km/h")
        await screen.press("escape")
        await screen.until(lambda: "a cheat?" not in screen.text)
        assert (await office.gym.operator.run(ListFlags(only_open=True))).items
        await screen.press("c", "enter")
        await screen.sees("Judged a cheat: David Kamau.")
        await screen.until(lambda: "39.6 km/h" not in screen.text)
        (row,) = (await office.gym.operator.run(ListFlags())).items
        assert (row.verdict, row.reviewer_name, row.person_id) == (Verdict.CHEAT, "Wairimu Njoroge", david.id)
        await screen.press("f3")
        await screen.sees("✗ David Kamau", "a cheat, judged by Wairimu Njoroge")
        await screen.press("h", "enter")
        await screen.sees("Judged honest: David Kamau.", "✓ David Kamau")
        await screen.press("enter")
        await screen.sees("To town", "3.")


async def test_nothing_to_judge(office: Desk) -> None:
    async with review(office) as screen:
        await screen.sees("✓ Nothing waits for a verdict.")
        assert "H Honest" not in screen.text
        await screen.press("h", "c", "enter")
        await screen.pilot.pause()
        assert isinstance(screen.app.screen, FlagsScreen)


async def test_a_verdict_that_is_not_taken_is_told(office: Desk, outdoors: Outdoors) -> None:
    await flagged(outdoors)
    wire = office.wire()
    async with review(office, nobody=wire) as screen:
        await screen.sees("1 waits for a verdict.", "H Honest")
        wire.cut()
        await screen.press("h", "enter")
        await screen.sees("Not judged: ")
        assert (await office.gym.operator.run(ListFlags(only_open=True))).items
        wire.mend()
        await screen.press("ctrl+r")
        await screen.sees("1 waits for a verdict.")


# How it looks


async def furnished(outdoors: Outdoors) -> None:
    """A morning with people out, a run of yesterday, and one that went by car."""
    await ran(outdoors, visibility=Visibility.GYM)
    await flagged(outdoors)
    await set_out(await outdoors.runner("Esther Wanza wa Kilimani Magharibi"), 900, speed=1.5, sport="walk")
    outdoors.later(minutes=3)
    await set_out(await outdoors.runner("Brian Otieno"), 4210, speed=3.1)
    await set_out(await outdoors.runner("Cynthia Wanjala"), 12400, speed=6.9, sport="ride")
    faith = await outdoors.runner("Faith Wangari")
    await set_out(faith, 2500, speed=2.5)
    await faith.client.run(PauseActivity())
    await (await outdoors.runner("George Mutua")).client.run(StartActivity())


@pytest.mark.parametrize(("size", "look", "language"), SHAPES)
async def test_it_looks_as_it_was_seen(
    office: Desk, outdoors: Outdoors, size: tuple[int, int], look: str, language: str
) -> None:
    await furnished(outdoors)
    shape = f"{size[0]}x{size[1]}-{look}-{language}"
    async with office.at_the_desk(size=size, look=look, language=language) as screen:
        await screen.until(lambda: "10:03" in screen.text)
        await screen.press("ctrl+o")
        await screen.sees("Brian Otieno", "George Mutua")
        await screen.pilot.pause()
        is_kept(screen.app, f"out-{shape}")
        await screen.press("f3")
        await screen.sees("David Kamau", "39.6")
        await screen.until(lambda: "27.3" in screen.text and screen.app.screen.query_one(Curve).display)
        await screen.pilot.pause()
        is_kept(screen.app, f"flags-{shape}")
        (row,) = outdoors.rows(
            "SELECT id FROM activities WHERE tenant_id = %(gym)s AND title = 'Karura loop'", gym=office.gym.id
        )
        screen.app.push_screen(ActivityScreen(row.id))
        await screen.sees("Amina Wanjiru", "Karura loop")
        await screen.until(lambda: str(screen.app.screen.query_one("#splits", Static).render()))
        await screen.pilot.pause()
        is_kept(screen.app, f"activity-{shape}")
