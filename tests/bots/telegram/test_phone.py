"""The handset in a terminal and from lines."""

import asyncio
import io
import queue
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyParameters

from pp_bots.simulator.phone import PhoneError
from pp_bots.simulator.telegram import TelegramPhone, TelegramSimulator, run_interactive, run_script

YES_NO = InlineKeyboardMarkup.from_row(
    [InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("No", callback_data="no")]
)


class Keyboard:
    """Somebody typing: lines are put in, None ends the input."""

    def __init__(self) -> None:
        self.lines: queue.Queue[str | None] = queue.Queue()

    def read(self) -> str:
        line = self.lines.get(timeout=10)
        if line is None:
            raise EOFError
        return line


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0.01)


async def test_a_conversation_in_a_terminal(bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator) -> None:
    keyboard, out = Keyboard(), io.StringIO()
    console = Console(file=out, width=100)
    talking = asyncio.create_task(run_interactive(phone, console=console, read_line=keyboard.read))

    def kinds() -> list[str]:
        return [update.kind for update in simulator.world.updates.waiting]

    keyboard.lines.put("squat 5x5 100")
    await until(lambda: kinds() == ["message"])
    asked = await bot.send_message(phone.id, "Confirm?", reply_markup=YES_NO)
    await until(lambda: "[2] No" in out.getvalue())
    for line in ("2", "Yes", "/edit squat 5x5 105", f"/reply {asked.message_id} 5", "/contact", "7", "/reply 999 x"):
        keyboard.lines.put(line)
    await until(lambda: "no message 999" in out.getvalue())
    await bot.send_message(phone.id, "[bold] Logged", reply_markup=ReplyKeyboardMarkup([["Menu"]]))
    await until(lambda: "[1] Menu" in out.getvalue())
    keyboard.lines.put("menu please")
    keyboard.lines.put(None)
    await asyncio.wait_for(talking, 10)
    updates = simulator.world.updates.waiting
    assert kinds() == ["message", "callback_query", "callback_query", "edited_message", *["message"] * 4]
    assert [each.body["data"] for each in updates[1:3]] == ["no", "yes"]
    assert updates[3].body["text"] == "squat 5x5 105"
    assert updates[4].body["reply_to_message"]["message_id"] == asked.message_id
    assert updates[5].body["contact"]["user_id"] == phone.id
    assert [each.body["text"] for each in updates[6:]] == ["7", "menu please"]
    assert f"#{asked.message_id}" in out.getvalue()
    assert "[bold] Logged" in out.getvalue()


async def test_a_script_takes_the_answer_to_its_line(
    bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator
) -> None:
    late = await phone.say("earlier")
    assert late.message_id is not None

    async def answer() -> None:
        while True:
            for update in await bot.get_updates(offset=-1, timeout=5):
                if update.message is not None and update.message.text == "both":
                    await bot.send_message(phone.id, "late", reply_parameters=ReplyParameters(late.message_id or 0))
                    await bot.send_message(phone.id, "now")
                await bot.get_updates(offset=update.update_id + 1)

    answering = asyncio.create_task(answer())
    steps = [step async for step in run_script(["both", "nothing"], phone, timeout=0.5)]
    answering.cancel()
    assert [(step["reply"], step["parts"]) for step in steps] == [("now", 1), (None, 0)]
    assert [step["update_id"] for step in steps] == [
        each.id for each in simulator.world.updates.all.values() if each.id != late.update_id
    ]


async def test_there_is_no_simulator() -> None:
    with pytest.raises(PhoneError, match="no simulator at"):
        await TelegramPhone("http://127.0.0.1:9").__aenter__()


async def test_what_came_before_the_handset_was_opened_is_not_received(
    bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator
) -> None:
    await bot.send_message(phone.id, "before")
    async with TelegramPhone(simulator.url, id=phone.id, first_name="Amina") as again:
        await bot.send_message(phone.id, "after")
        assert [each.text for each in await again.drain()] == ["after"]
        assert await again.receive(0.05) is None


async def test_places_and_files_are_sent_by_lines(
    phone: TelegramPhone, simulator: TelegramSimulator, tmp_path: Path
) -> None:
    file = tmp_path / "run.gpx"
    file.write_bytes(b"<gpx/>")
    lines = [
        "/live -1.2921 36.8219 1795245600",
        "/move -1.2920, 36.8219 1795245605",
        "/end",
        "/place -1.29 36.82",
        f"/file {file}",
    ]
    steps = [step async for step in run_script(lines, phone, timeout=0.05)]
    assert all(step["update_id"] is not None for step in steps)
    kinds = [(one.kind, one.body) for one in simulator.world.updates.all.values()][-len(lines) :]
    begun, moved, ended, place, sent = kinds
    assert begun[0] == "message"
    assert begun[1]["location"] == {"latitude": -1.2921, "longitude": 36.8219, "live_period": 3600}
    assert (moved[0], moved[1]["location"]["latitude"], moved[1]["edit_date"]) == ("edited_message", -1.292, 1795245605)
    assert (ended[0], "live_period" in ended[1]["location"]) == ("edited_message", False)
    assert "live_period" not in place[1]["location"]
    assert (sent[1]["document"]["file_name"], sent[1]["document"]["file_size"]) == ("run.gpx", 6)
    with pytest.raises(PhoneError, match="no live location"):
        [step async for step in run_script(["/end"], phone, timeout=0.05)]
    with pytest.raises(PhoneError, match="cannot be read"):
        [step async for step in run_script([f"/file {tmp_path}/none.gpx"], phone, timeout=0.05)]
