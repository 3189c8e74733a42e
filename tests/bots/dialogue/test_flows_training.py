"""Logging, correcting, records and the scales, as a member meets them by text and by USSD."""

from datetime import timedelta

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.tenants.operations import Member
from pp_core.workouts.operations import ListWorkouts
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym


async def texter_of(gym: Gym, **more: object) -> tuple[Member, Texter]:
    member = await gym.add_member(**more)
    assert member.phone is not None
    return member, Texter(gym, member.phone)


async def logged(gym: Gym, member: Member) -> list[str]:
    return [one.canonical for one in (await gym.person(member).run(ListWorkouts())).items]


async def test_a_workout_is_repeated_back_and_how_to_correct_it_told_once(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    first = await texter.hears("squat 5x5 100")
    assert first == "Logged: Squat 5x5 100kg. New record: Squat! Wrong? Answer: no, 3x8"
    assert await texter.hears("log: squat 3x5 90kg") == "Logged: Squat 3x5 90kg."
    assert len(await logged(gym, amina)) == 2


async def test_a_workout_that_is_asked_for(gym: Gym) -> None:
    amina, texter = await texter_of(gym, language="sw")
    assert (await texter.hears("andika mazoezi")).startswith("Umefanya nini?")
    assert (await texter.hears("habari za asubuhi")).startswith("Sikuweza kusoma.")
    assert (await texter.hears("squat 5x5 100")).startswith("Imehifadhiwa: ")
    assert len(await logged(gym, amina)) == 1


async def test_an_unsure_reading_is_a_question(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("skwat 100") == "Did you mean Squat 1x100 reps? 1 Yes, 2 No"
    assert await texter.hears("no") == "Nothing was logged. Write it once more, like: squat 5x5 100"
    assert await logged(gym, amina) == []
    await texter.say("skwat 100")
    assert (await texter.hears("Yes!")).startswith("Logged: Squat 1x100 reps.")
    assert len(await logged(gym, amina)) == 1


async def test_who_answers_is_asked_as_often_as_it_takes(gym: Gym) -> None:
    """Somebody who spells badly is no machine that writes to another."""
    amina, texter = await texter_of(gym)
    for reps in range(100, 95, -1):
        assert (await texter.hears(f"skwat {reps}")).startswith("Did you mean Squat")
        assert (await texter.hears("1")).startswith("Logged: Squat")
    assert len(await logged(gym, amina)) == 5


async def test_a_question_is_good_for_fifteen_minutes(clocked_gym: Gym, clock: ManualClock) -> None:
    _, texter = await texter_of(clocked_gym)
    menu = await texter.hears("menu")
    assert "2 Log workout" in menu
    clock.advance(timedelta(minutes=15))
    assert await texter.hears("2") == "What did you do? Like: squat 5x5 100"
    await texter.say("menu")
    clock.advance(timedelta(minutes=15, seconds=1))
    assert await texter.hears("2") == "That question has passed. Write MENU to see what you can do."


@pytest.mark.parametrize("number", ["1", "7", "\N{FULLWIDTH DIGIT TWO}"])
async def test_a_number_without_a_question_is_told_so(gym: Gym, number: str) -> None:
    amina, texter = await texter_of(gym)
    assert (await texter.hears(number)).startswith("That question has passed.")
    assert await logged(gym, amina) == []


@pytest.mark.parametrize(
    ("language", "before", "correction", "after"),
    [
        ("en", "squat 5x5 100", "no, 3x8", "Corrected: Squat 3x8 100kg."),
        ("sw", "squat 5x5 100", "hapana, 3x8 60", "Imesahihishwa: Squat 3x8 60kg."),
        ("sw", "squat 5x5 100", "la 3x8 60", "Imesahihishwa: Squat 3x8 60kg."),
        ("en", "squat 5x5 100, bench 3x8 60", "no, bench 3x8 70", "Corrected: Squat 5x5 100kg; Bench Press 3x8 70kg."),
    ],
)
async def test_a_correction_by_answering(gym: Gym, language: str, before: str, correction: str, after: str) -> None:
    amina, texter = await texter_of(gym, language=language)
    await texter.say(before)
    assert (await texter.hears(correction)).startswith(after)
    assert len(await logged(gym, amina)) == 1


async def test_a_denial_alone_asks_whether_to_delete(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    await texter.say("squat 5x5 100")
    assert await texter.hears("no") == "Delete your last workout? 1 Yes, 2 No"
    assert await texter.hears("no") == "It stays as it was."
    assert len(await logged(gym, amina)) == 1
    await texter.say("oops")
    assert await texter.hears("1") == "Deleted."
    assert await logged(gym, amina) == []
    assert (await texter.hears("no")).startswith("There is no workout")


async def test_nothing_to_correct_is_said(gym: Gym) -> None:
    _, texter = await texter_of(gym, language="sw")
    assert (await texter.hears("hapana, 3x8")).startswith("Hakuna zoezi la siku iliyopita")


async def test_records_newest_first_and_none(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert await texter.hears("records") == "No records yet. Log a workout like: squat 5x5 100"
    await texter.say("squat 5x5 100, plank 60s, pull ups 3x8")
    said = await texter.hears("PB")
    assert said.startswith("Your records: ")
    assert "Squat 100 kg" in said


@pytest.mark.parametrize("text", ["weight 82.4", "WEIGHT: 82,4kg", "uzito 82.4", "Uzito wangu ni kilo 82.4"])
async def test_the_scales(gym: Gym, text: str) -> None:
    _, texter = await texter_of(gym)
    assert await texter.hears(text) == "Noted: 82.4 kg."


async def test_the_scales_are_asked_about_and_what_they_said_before_is_not_told(
    clocked_gym: Gym, clock: ManualClock
) -> None:
    _, texter = await texter_of(clocked_gym)
    assert await texter.hears("weight") == "What do the scales say, in kg? Like: 82.4"
    assert (await texter.hears("very much")).startswith("Write your weight in kilograms")
    assert await texter.hears("82.4") == "Noted: 82.4 kg."
    clock.advance(timedelta(days=7))
    assert await texter.hears("weight 81") == "Noted: 81 kg."


@pytest.mark.parametrize("language", ["en", "sw"])
async def test_checking_in_and_training_take_few_pages_by_ussd(gym: Gym, language: str) -> None:
    amina, _ = await texter_of(gym, language=language)
    assert amina.phone is not None
    dialler = Dialler(gym, amina.phone, await own_code(gym))
    pages = [await dialler.dial(), await dialler.type("2"), await dialler.type("squat 3*5 100")]
    assert pages[1].startswith("CON What did you do?" if language == "en" else "CON Umefanya nini?")
    assert pages[2].startswith("END Logged: Squat 3x5" if language == "en" else "END Imehifadhiwa: Squat 3x5")
    assert len(pages) <= 6
    assert len(await logged(gym, amina)) == 1
    assert (await dialler.dial("4")).startswith("END")
