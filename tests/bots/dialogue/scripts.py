"""What people do in a day by USSD, SMS and Telegram: steps that a `Person` of `schedules` takes."""

import random

Step = tuple[str, ...]
"""A method of `Person` without its underscore, and what it is given."""

_LIFTS = (
    "squat 5x5 100",
    "bench 3x8 60, deadlift 1x5 140",
    "plank 3x60s",
    "benchi 3x10 kilo hamsini",
    "press 4*6 42,5",
)
_ODD = ("habari za asubuhi", "??", "sqat", "ok", "squat", "x", "weigth", "1", "yes")


def script(dice: random.Random) -> list[Step]:
    """What somebody does today."""
    steps: list[Step] = []
    if dice.random() < 0.75:
        steps.append(("member",))
    elif dice.random() < 0.5:
        steps += [("dial",), ("choose", "join"), ("type", "Amina Wanjiru"), ("type", "1")]
    else:
        steps += [("sms", "JOIN Amina Wanjiru"), ("sms", dice.choice(("yes", "1")))]
    linked = False
    for _ in range(dice.randint(1, 3)):
        episode = dice.choice(EPISODES)
        if episode is _telegram:
            if not linked and dice.random() < 0.8:
                steps += [("tg", dice.choice(_LIFTS))] if dice.random() < 0.3 else []
                steps.append(("tg_contact",))
                linked = True
        steps += episode(dice)
    return steps


def _ussd_log(dice: random.Random) -> list[Step]:
    return [("dial",), ("choose", "log_workout"), ("type", dice.choice(_LIFTS)), *_end(dice)]


def _ussd_weigh(dice: random.Random) -> list[Step]:
    return [("dial",), ("choose", "weigh_in"), ("type", dice.choice(("82.4", "82,4 kg", "heavy"))), *_end(dice)]


def _ussd_come(dice: random.Random) -> list[Step]:
    wrong = [("type", "0007")] if dice.random() < 0.4 else []
    return [("dial",), ("choose", "check_in"), *wrong, ("desk",), *_end(dice)]


def _ussd_look(dice: random.Random) -> list[Step]:
    looked = dice.choice(("membership", "records", "prices"))
    return [("dial",), ("choose", looked), ("type", "0"), ("type", dice.choice(("00", "98", "77"))), *_end(dice)]


def _ussd_cut(dice: random.Random) -> list[Step]:
    return [
        ("dial",), ("choose", "log_workout"), ("hang_up", "Incomplete"), ("dial",), ("type", dice.choice("12")),
        ("type", dice.choice(_LIFTS)),
    ]  # fmt: skip


def _end(dice: random.Random) -> list[Step]:
    return [("hang_up", dice.choice(("Success", "Incomplete", "Failed")))] if dice.random() < 0.5 else []


def _sms_log(dice: random.Random) -> list[Step]:
    corrected = [("sms", dice.choice(("no, 3x10", "hapana 3x8 65", "no")))] if dice.random() < 0.5 else []
    return [("sms", dice.choice(_LIFTS)), *corrected]


def _sms_word(dice: random.Random) -> list[Step]:
    words = (
        "weight 82",
        "uzito 79,5",
        "records",
        "membership",
        "help",
        "swahili",
        "english",
        "prices",
        "menu",
        "squat 5x5 1000",
    )
    return [("sms", word) for word in dice.sample(words, 2)]


def _sms_odd(dice: random.Random) -> list[Step]:
    return [("sms", dice.choice(_ODD)) for _ in range(dice.randint(1, 4))]


def _sms_come(dice: random.Random) -> list[Step]:
    return [("sms_desk",)]


def _leave(dice: random.Random) -> list[Step]:
    stop: list[Step] = dice.choice(([("sms", "STOP")], [("sms", "Acha"), ("sms", "stop")], [("opt_out",)]))
    return stop + ([("sms", "START")] if dice.random() < 0.5 else [])


def _telegram(dice: random.Random) -> list[Step]:
    steps: list[Step] = [("tg", dice.choice((*_LIFTS, "/weight 81", "menu", "/records", *_ODD)))]
    if dice.random() < 0.4:
        steps.append(("tg_edit", dice.choice(_LIFTS)))
    if dice.random() < 0.4:
        steps += [("tg", "menu"), ("tg_press", str(dice.randrange(8)))]
    return steps


EPISODES = (
    _ussd_log, _ussd_weigh, _ussd_come, _ussd_look, _ussd_cut, _sms_log, _sms_log, _sms_word, _sms_odd, _sms_come, _leave,
    _telegram, _telegram,
)  # fmt: skip
