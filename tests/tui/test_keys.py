"""Every key, wherever it is offered: in the footer for the mouse, in the palette by name, in the help with its sentence."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from textual.app import App
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from pp_core.kernel import locale
from pp_core.memberships.operations import CheckIn
from pp_core.tracking.operations import StartActivity, StopActivity, UploadPoints
from pp_tui.keys import Choice, choices, in_footer
from pp_tui.screens.card import CardScreen
from pp_tui.screens.help import HelpScreen
from pp_tui.screens.lock import LockScreen
from pp_tui.widgets.key_bar import KeyBar
from tests.tracking.ways import north
from tests.tui.conftest import Desk, Driven
from tests.tui.snapshots import NARROW, WIDE

SMALL = (60, 20)
TAKEN_BY_BROWSERS = {"f11", "f12", "ctrl+t", "ctrl+w", "ctrl+n"}


async def at_desk(screen: Driven) -> None:
    await screen.finds("amina", "M00003")


async def at_card(screen: Driven) -> None:
    await at_desk(screen)
    await screen.press("f2")
    await screen.sees("+254711000001")


async def at_override(screen: Driven) -> None:
    await screen.finds("esther", "M00004")
    await screen.press("f3")
    await screen.until(lambda: screen.app.screen.query("#reason"))


async def at_health(screen: Driven) -> None:
    await screen.press("f7")
    await screen.sees("PostgreSQL")


async def at_audit(screen: Driven) -> None:
    await screen.press("f8")
    await screen.sees("memberships.check_in")


async def at_filtered_audit(screen: Driven) -> None:
    await at_audit(screen)
    await screen.press("f2")
    await screen.sees("^L")


async def at_entry(screen: Driven) -> None:
    await at_audit(screen)
    await screen.press("enter")
    await screen.until(lambda: screen.app.screen.query(".dialog"))


async def at_lock(screen: Driven) -> None:
    await screen.press("f9")
    await screen.until(lambda: screen.app.screen.query("#pin:focus"))


async def at_confirm(screen: Driven) -> None:
    screen.app.waiting(3)
    await screen.press("f4")
    await screen.until(lambda: screen.app.screen.query(".dialog"))


async def at_alert(screen: Driven) -> None:
    screen.app.alert("Amina Wanjiru is refused now.")
    await screen.until(lambda: screen.app.screen.query(".dialog"))


async def at_board(screen: Driven) -> None:
    await screen.press("ctrl+o")
    await screen.sees("1 is out now.", "Enter Open")


async def at_activity(screen: Driven) -> None:
    await at_board(screen)
    await screen.press("enter")
    await screen.sees("It goes on")


async def at_flags(screen: Driven) -> None:
    await at_board(screen)
    await screen.press("f3")
    await screen.sees("1 waits for a verdict.", "H Honest")


async def at_activities(screen: Driven) -> None:
    await at_card(screen)
    await screen.sees("^O Outdoors")
    await screen.press("ctrl+o")
    await screen.sees("1 activity.", "Enter Open")


Way = Callable[[Driven], Coroutine[Any, Any, None]]
WAYS: list[Way] = [
    at_desk, at_card, at_override, at_health, at_audit, at_filtered_audit, at_entry, at_lock, at_confirm, at_alert,
    at_board, at_activity, at_flags, at_activities,
]  # fmt: skip
EACH_WAY = pytest.mark.parametrize("way", WAYS)
LANGUAGES = pytest.mark.parametrize("language", ["en", "sw"])


async def furnished(office: Desk) -> None:
    amina = await office.member("Amina Wanjiru", "+254711000001")
    esther = await office.member("Esther Wanza", plan=None)
    await office.gym.operator.run(CheckIn(member=amina.code))
    await office.gym.person(amina).run(StartActivity())
    walker = office.gym.person(esther)
    begins = office.gym.runtime.clock.now() - timedelta(hours=1)
    await walker.run(StartActivity(started_at=begins))
    await walker.run(UploadPoints(points=north(begins, metres=2000)))  # as evenly as nobody moves
    await walker.run(StopActivity())


class Told(list[tuple[Any, str, Any]]):
    """What was asked of whom, instead of doing it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        told = self

        async def dispatch(app: App[Any], target: Any, name: str, given: Any) -> bool:
            known = any(getattr(target, f"{kind}action_{name}", None) is not None for kind in ("", "_"))
            assert known, f"{target} cannot {name}"
            told.append((target, name, given))
            return True

        monkeypatch.setattr(App, "_dispatch_action", dispatch)


def meant(app: App[Any], choice: Choice) -> tuple[Any, str, Any]:
    """Whose action it is, its name, and what it is given."""
    return app._parse_action(choice.action, app if choice.everywhere else app.screen)


@EACH_WAY
async def test_every_word_of_the_footer_is_a_key_for_the_mouse(
    office: Desk, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    await furnished(office)
    async with office.at_the_desk(size=WIDE) as screen:
        await way(screen)
        shown = screen.app.screen
        bar = shown.query_one(KeyBar)
        offered = [one for one in in_footer(choices(shown)) if not (bar._own and one.everywhere)]
        expected = [meant(screen.app, one) for one in offered]
        told = Told(monkeypatch)
        for row, line in enumerate(bar._lines(bar.content_size.width)):
            column = bar.content_region.x - bar.region.x
            for choice in line:
                await screen.pilot.click(bar, offset=(column, row))
                column += len(f"{choice.shown} {locale.text(choice.text, 'en')}") + 2
        assert told == expected


@LANGUAGES
@EACH_WAY
async def test_the_palette_does_what_the_keys_do(
    office: Desk, monkeypatch: pytest.MonkeyPatch, way: Way, language: str
) -> None:
    await furnished(office)
    async with office.at_the_desk(size=WIDE) as screen:
        await way(screen)
        screen.app.language = language
        shown = screen.app.screen
        offered = [one for one in choices(shown) if one.action != "command_palette"]
        expected = [meant(screen.app, one) for one in offered]
        await screen.press("ctrl+p")
        await screen.until(lambda: isinstance(screen.app.screen, CommandPalette), "opened the palette")
        commands = list(screen.app.get_system_commands(shown))
        assert [command.title for command in commands] == [
            f"{locale.text(one.text, language)} ({one.shown})" for one in offered
        ]
        assert all(command.help for command in commands)
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen is shown)
        told = Told(monkeypatch)
        for command in commands:
            await command.callback()
        assert told == expected


@pytest.mark.parametrize(("language", "typed"), [("en", "card"), ("sw", "kadi")])
async def test_a_command_is_found_by_its_name_and_runs(office: Desk, language: str, typed: str) -> None:
    await furnished(office)
    async with office.at_the_desk(language=language) as screen:
        await at_desk(screen)
        await screen.press("ctrl+p")
        await screen.until(lambda: screen.app.screen.query("CommandInput:focus"))
        await screen.type(typed)
        await screen.until(
            lambda: [
                str(option.prompt) for option in screen.app.screen.query_one(OptionList).options
                if "(F2)" in str(option.prompt)
            ]
        )  # fmt: skip
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, CardScreen), "opened the card")


async def test_the_palette_of_a_locked_desk_offers_nothing_of_the_gym(office: Desk) -> None:
    await furnished(office)
    async with office.at_the_desk() as screen:
        await at_desk(screen)
        await at_lock(screen)
        await screen.press("ctrl+p")
        await screen.until(lambda: screen.app.screen.query("CommandInput:focus"))
        offered = {choice.action for choice in screen.app._offered}
        assert offered == {
            "unlock", "by_password", "someone_else", "switch_language", "switch_look", "help", "command_palette", "leave"
        }  # fmt: skip
        assert "Amina" not in screen.text


@LANGUAGES
@EACH_WAY
async def test_help_tells_what_the_screen_is_for_and_every_key(office: Desk, way: Way, language: str) -> None:
    await furnished(office)
    async with office.at_the_desk(size=(140, 60)) as screen:
        await way(screen)
        screen.app.language = language
        shown = screen.app.screen
        offered = choices(shown)
        await screen.press("f1")
        await screen.until(lambda: isinstance(screen.app.screen, HelpScreen))
        stem = f"tui.screen.{shown.STEM}"  # type: ignore[attr-defined]
        wanted = [locale.text(stem, language), locale.text(f"{stem}.help", language)]
        for choice in offered:
            wanted.append(f"{choice.shown} {locale.text(choice.text, language)}: ")
            wanted.append(locale.text(f"{choice.text}.help", language))
        await screen.until(lambda: all(" ".join(one.split()) in _flat(_within(screen)) for one in wanted), str(wanted))
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen is shown)


async def test_help_follows_the_language(office: Desk) -> None:
    async with office.at_the_desk(size=(140, 60)) as screen:
        await screen.press("f1")
        await screen.sees("The desk", "F8  Audit")
        await screen.press("f6")
        await screen.sees(locale.text("tui.screen.desk", "sw"), f"F8  {locale.text('tui.key.audit', 'sw')}")
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen.query("#search"))


async def test_question_mark_helps_in_every_field_for_names(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        await screen.type("ami?")
        await screen.until(lambda: isinstance(screen.app.screen, HelpScreen))
        await screen.press("escape")
        assert screen.value == "ami"


@EACH_WAY
async def test_no_key_is_one_that_a_browser_keeps(office: Desk, way: Way) -> None:
    await furnished(office)
    async with office.at_the_desk() as screen:
        await way(screen)
        keys = {
            name
            for node in (screen.app, screen.app.screen)
            for key in getattr(node, "KEYS", ())
            for name in key.keys.split(",")
        }
        assert not keys & TAKEN_BY_BROWSERS


@LANGUAGES
@EACH_WAY
async def test_a_small_terminal_and_one_that_changes_its_size_are_borne(office: Desk, way: Way, language: str) -> None:
    await furnished(office)
    async with office.at_the_desk(size=SMALL) as screen:
        await way(screen)
        screen.app.language = language
        shown = screen.app.screen
        for size in (WIDE, (20, 6), SMALL, NARROW, (300, 80), SMALL):
            await screen.pilot.resize_terminal(*size)
            await screen.pilot.pause()
            lines = shown._compositor.render_strips()
            assert {line.cell_length for line in lines} == {size[0]}
            assert screen.app.screen is shown
            assert screen.app._exception is None


async def test_the_chart_shows_visits_or_what_was_lifted(office: Desk) -> None:
    from pp_core.workouts.operations import LogWorkout

    await furnished(office)
    await office.gym.operator.run(LogWorkout(member="M00003", text="squat 5x5 80"))
    async with office.at_the_desk() as screen:
        await at_card(screen)
        weeks, lifted = locale.text("tui.card.weeks", "en"), locale.text("tui.card.lifted", "en")
        await screen.sees(weeks)
        await screen.press("f3")
        await screen.sees(lifted, "2,000")
        assert weeks not in screen.text
        await screen.press("f3")
        await screen.sees(weeks)
        assert lifted not in screen.text


async def test_escape_goes_back_one_step_at_a_time(office: Desk) -> None:
    await furnished(office)
    async with office.at_the_desk() as screen:
        await at_card(screen)
        await screen.press("f7")
        await screen.sees("PostgreSQL")
        await screen.press("escape")
        await screen.sees("+254711000001")
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen.query("#search"))
        assert screen.value == "amina"
        await screen.press("escape")
        assert screen.value == ""
        await screen.press("escape", "escape")
        assert len(screen.app.screen_stack) == 2


async def test_what_was_typed_outlives_the_lock_even_in_a_question(office: Desk) -> None:
    await furnished(office)
    async with office.at_the_desk() as screen:
        await at_override(screen)
        await screen.type("pays tonight")
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        await screen.sees("Locked")
        assert "Esther" not in screen.text
        assert "pays" not in screen.text
        screen.app.pop_screen()
        await screen.sees("pays tonight", "Esther Wanza")
        assert screen.app.screen.query_one("#reason", Input).value == "pays tonight"


def _within(screen: Driven) -> str:
    """What stands in the dialog, without what is seen beside it."""
    there = screen.app.screen.query_one(".dialog").region
    return "\n".join(line[there.x : there.right] for line in screen.text.splitlines()[there.y : there.bottom])


def _flat(text: str) -> str:
    """The words in their order, without the frames."""
    return " ".join("".join(" " if char in "│╭╮╰╯─┃━┏┓┗┛" else char for char in text).split())
