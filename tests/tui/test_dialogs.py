"""What can be done while a question or a text stands over the screen."""

import pytest
from pydantic import SecretStr
from textual.widgets import Input

from pp_core.tenants.operations import SetPin
from pp_tui.screens.confirm import ConfirmScreen
from pp_tui.screens.help import HelpScreen
from pp_tui.screens.lock import LockScreen
from pp_tui.screens.override import OverrideScreen
from pp_tui.screens.sign_in import SignInScreen
from tests.tui.conftest import Desk, Driven

PIN = "481926"


async def overriding(desk: Desk, screen: Driven) -> None:
    await desk.member("Esther Wanza", plan=None)
    await screen.finds("esther", "M00003")
    await screen.press("f3")
    await screen.until(lambda: isinstance(screen.app.screen, OverrideScreen))
    await screen.type("pays")


async def test_the_lock_covers_a_dialog_and_opens_it_as_it_was(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.app.link.run(SetPin(member=str(desk.staff.person_id), pin=SecretStr(PIN)))
        await overriding(desk, screen)
        await screen.press("f9")
        await screen.until(lambda: isinstance(screen.app.screen, LockScreen))
        assert "Esther" not in screen.text
        await screen.type(PIN)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, OverrideScreen))
        assert screen.app.screen.query_one("#reason", Input).value == "pays"


async def test_dialogs_speak_the_other_language_at_once(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await overriding(desk, screen)
        await screen.sees("No membership", "Let Esther Wanza in all the same?")
        await screen.press("f6")
        await screen.sees("Hana uanachama", "Umruhusu Esther Wanza hata hivyo?")
        await screen.press("f1")
        await screen.sees("Mruhusu mtu kwa sababu iliyotajwa.")
        await screen.press("f6")
        await screen.sees("Let the person in for the reason given.")
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, OverrideScreen))
        assert screen.app.screen.query_one("#reason", Input).value == "pays"


async def test_leaving_is_asked_about_once(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00003")
        wire.cut()
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        await screen.press("ctrl+q")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        await screen.press("f6", "ctrl+q", "f4")
        await screen.sees("bado hakujatumwa na kutapotea")
        assert sum(isinstance(one, ConfirmScreen) for one in screen.app.screen_stack) == 1


async def test_where_one_types_the_help_is_f1(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        await screen.sees("F1 Help")
        assert "? Help" not in screen.text
        await screen.sign_in(desk.staff)
        await screen.sees("? Help")


@pytest.mark.parametrize(
    ("language", "nothing", "how"),
    [
        ("en", "Nothing of that name can be done here.", "^Q ends the program."),
        ("sw", "Hakuna jambo la jina hilo linaloweza kufanywa hapa.", "^Q humaliza programu."),
    ],
)
async def test_the_palette_and_control_c_answer_in_the_language(
    desk: Desk, language: str, nothing: str, how: str
) -> None:
    async with desk.driven(language=language) as screen:
        screen.app._disable_notifications = False  # a driven screen has none by itself
        await screen.until(lambda: screen.app.screen.query("#password"))
        await screen.press("ctrl+p")
        await screen.type("zzz")
        await screen.sees(nothing)
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, SignInScreen))
        await screen.press("ctrl+c")
        await screen.until(lambda: [note.message for note in screen.app._notifications] == [how], "told how one leaves")


async def test_the_palette_still_does_what_it_finds(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.press("ctrl+p")
        await screen.type("hel")
        await screen.sees("Help (?)")
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, HelpScreen))
