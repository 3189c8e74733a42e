"""Every screen that the flows can produce, with the longest names and amounts, in both languages, on every channel."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from pp_bots.channels import sms, telegram, ussd
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.screen import Screen, worded
from pp_bots.flows import flows
from pp_core.kernel import locale
from pp_core.kernel.gsm7 import Encoding, is_gsm7, parts, to_gsm7
from pp_core.notifications.operations import LONGEST_REPLY

from .walking import CHANNELS, Said, World, parts_of, walk, worlds

FOREIGN = "\N{FLEXED BICEPS}"
"""The one thing the walk says that no phone's cheap alphabet has."""
OUTSIDE = {"ussd.slow", "ussd.away", "ussd.unfinished", "ussd.back", "ussd.more", "link.share", "dialogue.refused"}
OUTSIDE |= {"dialogue.silence"}
"""Said by the doors and channels themselves, or of a problem that nobody wrote a text for."""


@cache
def screens(world: World) -> dict[str, tuple[Said, Screen, Talk]]:
    """Each screen once, with how it was first come by."""
    found: dict[str, tuple[Said, Screen, Talk]] = {}
    for said in walk(world).said:
        screen, talk = said.reply.outcome.screen, said.reply.outcome.talk
        if screen is not None:
            found.setdefault(repr(screen), (said, screen, talk))
    return found


def spoken(world: World) -> Iterator[tuple[Said, Screen, Talk]]:
    """Each screen in both languages."""
    for said, screen, talk in screens(world).values():
        for language in ("en", "sw"):
            yield said, screen, replace(talk, language=language)


def test_the_walk_goes_through_every_function_of_every_flow_and_hears_every_text() -> None:
    [ours] = [file for file in locale.shipped() if file.name.startswith("pp_bots/")]
    functions = {mark for flow in flows().values() for mark in parts_of(flow)}
    texts = {key for key in ours.entries if key.split(".")[0] in {*flows(), "dialogue", "ussd"}} - OUTSIDE
    for world in sorted(worlds(), key=lambda world: (world.who != "unlinked", CHANNELS.index(world.channel))):
        functions -= walk(world).visited
        texts -= walk(world).keys
        if not functions and not texts:
            break
    assert (functions, texts) == (set(), set())


@pytest.mark.parametrize("world", worlds(), ids=lambda world: f"{world.who}-{world.channel}")
def test_every_screen_fits_everywhere(world: World) -> None:
    every_answer_says_something(world)
    every_page_fits_and_says_how_to_go_on(world)
    every_text_fits_and_stays_in_the_cheap_alphabet(world)
    every_button_has_a_name_and_fits(world)
    what_was_sent_fits(world)


def every_answer_says_something(world: World) -> None:
    for said in walk(world).said:
        text = said.reply.text
        if text is None:
            assert said.reply.outcome.screen is None, said.path
            assert world.channel != "ussd", said.path
        else:
            assert text.removeprefix("CON ").removeprefix("END ").strip(), said.path
            assert not re.search(r"[{}]|\bNone\b|  ", text), (said.path, text)


def every_page_fits_and_says_how_to_go_on(world: World) -> None:
    for said, screen, talk in spoken(world):
        for deeper in (True, False):
            pages = ussd.pages(screen, talk, deeper=deeper)
            for number, page in enumerate(pages, 1):
                assert page.startswith("END " if screen.ends and number == len(pages) else "CON "), (said.path, page)
                assert parts(page).units <= ussd.LONGEST_PAGE, (said.path, page)
                assert is_gsm7(page), (said.path, page)
                assert _leads_on(page, screen, talk, deeper=deeper, last=number == len(pages)), (said.path, page)
            assert _letters("".join(ussd.as_text(page) for page in pages)) == _letters(_whole(screen, talk)), said.path


def every_text_fits_and_stays_in_the_cheap_alphabet(world: World) -> None:
    for said, screen, talk in spoken(world):
        text = sms.shown(screen, talk)
        assert text, said.path
        assert len(text) <= LONGEST_REPLY, said.path
        assert parts(text).encoding is Encoding.GSM7 or FOREIGN in text, (said.path, text)


def every_button_has_a_name_and_fits(world: World) -> None:
    for said, screen, talk in spoken(world):
        buttons = telegram.buttons_of(screen, talk, "0a1b2c3d") or {"rows": []}
        named = [button for row in buttons["rows"] for button in row]
        assert len(named) == (0 if screen.asks_contact else len(screen.choices)), said.path
        assert len({button["data"] for button in named}) == len(named), said.path
        for button in named:
            assert button["text"].strip(), said.path
            assert len(button["text"]) <= 60, said.path
            assert 1 <= len(button["data"].encode()) <= 64, said.path
        if screen.asks_contact:
            assert buttons["ask_contact"].strip()
        shown = "\n".join(worded(line, talk.language, talk.today) for line in screen.lines)
        assert shown.strip(), said.path


def what_was_sent_fits(world: World) -> None:
    for said in walk(world).said:
        text = said.reply.text or ""
        if world.channel != "ussd":
            assert len(text) <= LONGEST_REPLY, said.path
            continue
        for page in (text, *said.reply.state.pages):
            assert page.startswith(("CON ", "END ")), (said.path, page)
            assert parts(page).units <= ussd.LONGEST_PAGE, (said.path, page)
            assert is_gsm7(page), (said.path, page)


def _leads_on(page: str, screen: Screen, talk: Talk, *, deeper: bool, last: bool) -> bool:
    """An open page tells what to press or asks for something to be written."""
    if page.startswith("END "):
        return True
    ways = page.split("\n")
    if not last:
        return locale.text("ussd.more", talk.language) in ways
    back = locale.text("ussd.back", talk.language) in ways
    chooses = any(re.match(r"\d+ \S", line) for line in page.removeprefix("CON ").split("\n"))
    return back == deeper and (back or chooses or not screen.choices)


def _whole(screen: Screen, talk: Talk) -> str:
    lines = [worded(line, talk.language, talk.today) for line in screen.lines]
    lines += [
        f"{number} {worded(one.label, talk.language, talk.today)}" for number, one in enumerate(screen.choices, 1)
    ]
    return "".join(lines)


def _letters(text: str) -> str:
    return re.sub(rf"\s|\?|{FOREIGN}", "", to_gsm7(text))
