"""Texts as they come: right ones, half right ones, other people's, machines', and what was written to break something."""

import random

from pp_bots.flows import flows

_WORDS = (
    "squat", "5x5", "100", "bench", "3x8", "60kg", "na", "kilo", "hamsini", "no,", "weight", "82", "82,4", "checkin", "4821",
    "JOIN", "Amina", "Wanjiru", "yes", "ndio", "1", "2", "0", "00", "98", "*", "#", "@", "rpe", "8", "kesho", "saa", "moja",
    "bei", "records", "deadlift", "plank", "60s", "x", "each", "lb", "x5", "3*5", "uzito", "done", "today", "?", "!!!", "Logged:",
)  # fmt: skip
_HANDMADE = (
    "",
    " ",
    "\n",
    "\t \r\n",
    "\x00",
    "\x00squat 5x5 100\x00",
    "\x1b[31m",
    "\x7f\x80\x9f",
    "\u200b\u200d\ufeff",
    "\u202esquat 5x5 001",
    "مرحبا بك في الصالة",
    "שלום 5x5",
    "深蹲 5x5 100",
    "스쿼트 100kg",
    "ＳＱＵＡＴ ５ｘ５ １００",
    "squat ٥x٥ ١٠٠",
    "🏋️‍♀️💪🏿 5x5",
    "💪" * 200,
    "e" + "\u0301" * 400,
    "Z̷̢͇̭̈́a̶l̵g̸o̴" * 20,
    "𝔰𝔮𝔲𝔞𝔱 𝟝x𝟝 𝟙𝟘𝟘",
    "\U0010ffff\U000e0001",
    "ﷺ" * 30,
    "ß" * 160,
    "€" * 160,
    "ĀĒĪŌŪ" * 40,
    "<b>squat</b> <script>alert(1)</script>",
    "*bold* _it_ `code` [a](http://x)",
    "&amp;&#0;&lt;",
    "'; DROP TABLE people; --",
    '" OR 1=1 --',
    "%s %d %n %x",
    "{0} {name} {__class__}",
    "{{gym}}",
    "${HOME} $(reboot) `id`",
    "\\u0000 \\x00 \\",
    "../../etc/passwd",
    "null",
    "None",
    "NaN",
    "Infinity",
    "-1",
    "1e309",
    "0x10",
    "9" * 400,
    "1" * 5000,
    "squat " + "9" * 300 + "x5 100",
    "squat 5x5 " + "9" * 50,
    "squat 999999999x999999999 999999",
    "bench 0x0 0",
    "weight 999999",
    "weight -82",
    "weight 0",
    "weight 82.444444444444",
    "uzito " + "8" * 200,
    "squat 5x5 100, " * 333,
    "a" * 5000,
    "a " * 2500,
    "((((((((((" * 300,
    "x" * 999,
    "5x5" * 300,
    "," * 3000,
    "no, " * 800,
    "..." * 500,
    "STOP STOP STOP",
    "stop it",
    "please stop",
    "STOP.",
    "s t o p",
    '"STOP"',
    "Stop!!!",
    "acha",
    "start now",
    "JOIN",
    "JOIN " + "A" * 300,
    "JOIN <script>",
    "checkin",
    "checkin 99999999999999",
    "checkin " + "1 " * 30,
    "98" * 50,
    "0*0*0*0",
    "1*2*3*4*5",
    "*",
    "**",
    "#",
    "*384*77#",
    "/start",
    "/start@bot x",
    "/",
    "//",
    "@",
    "/log@somebot",
    "/weight@b 82",
    "go:menu",
    "00000000:yes",
    ":",
    "::::",
    "go:",
    "go:stop",
    "0" * 64,
    "I am driving and will answer you later.",
    "Auto-reply: out of office until Monday",
    "Your message was received. Ref 4821.",
    "OK",
    "ok ok",
    "Dear customer, your balance is KES 82.40",
    "ndio",
    "hapana",
    "no",
    "No, 3x8",
    "no no no",
    "who",
    "Amina",
    "Amina squat 5x5 100",
    "english",
    "benchi tano mara tano kilo mia",
    "squat five by five one hundred",
    "squat 5 x 5 @ 100 kg",
    "squat: 100 x 5 x 5",
    "run 5k 25:00",
    "30 min yoga",
)
_PLANES = ((0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x36F), (0x590, 0x6FF), (0x2000, 0x206F), (0x4E00, 0x4EFF), (0xFE00, 0xFFFF),
           (0x1F300, 0x1FAFF), (0x20000, 0x2FFFF), (0xE0000, 0xE01FF), (0x0, 0x1F), (0xD800, 0xDFFF))  # fmt: skip


def nasty(dice: random.Random) -> str:
    """One text, of at most 5,000 characters; a few hold lone surrogates."""
    kind = dice.random()
    if kind < 0.25:
        return dice.choice(_HANDMADE)
    if kind < 0.5:
        return dice.choice((" ", " ", ",", "\n", "")).join(dice.choices(_WORDS, k=dice.randint(1, 9)))
    if kind < 0.65:
        return (
            dice.choice(_keywords())
            + dice.choice(("", " ", ".", " 5", " x", ": ", "\n", "?"))
            + dice.choice((*_WORDS, ""))
        )
    if kind < 0.8:
        return _bent(dice, dice.choice((*_HANDMADE, "squat 5x5 100, bench 3x8 60", "weight 82.4", "checkin 4821")))
    low, high = dice.choice(_PLANES)
    return "".join(chr(dice.randint(low, high)) for _ in range(dice.choice((1, 3, 20, 200))))


def _keywords() -> list[str]:
    return [word for flow in flows().values() for word in flow.words]


def _bent(dice: random.Random, text: str) -> str:
    """A text with a few characters lost, doubled, swapped or replaced."""
    letters = list(text[:4000])
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(letters) + 1)
        change = dice.choice(("", "x", " ", ",", "5", "\u00a0", "é", "💪", "-", "'"))
        letters[place : place + dice.randint(0, 2)] = [change]
    return "".join(letters)[:5000]
