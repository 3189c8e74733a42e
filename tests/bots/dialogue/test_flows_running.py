"""Runs that a member writes, as they meet them by text."""

from datetime import UTC, datetime, timedelta

import pytest

from pp_core.tenants.operations import Member
from pp_core.tracking.operations import ListActivities, StartActivity, UploadPoints
from pp_core.workouts.operations import ListWorkouts
from tests.bots.talking import Texter
from tests.conftest import Gym
from tests.tracking.ways import north


async def texter_of(gym: Gym, **more: object) -> tuple[Member, Texter]:
    member = await gym.add_member(**more)
    assert member.phone is not None
    return member, Texter(gym, member.phone)


async def logged(gym: Gym, member: Member) -> list[tuple[str, float, int]]:
    rows = (await gym.person(member).run(ListActivities())).items
    return [(row.sport.value, row.distance_m, row.elapsed_s) for row in rows]


async def test_a_run_is_repeated_back_with_its_pace(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("RUN 5.2km 28:30") == "Logged: run 5.2km 28:30, 5:29 /km. Wrong? Answer: no, 5.4km"
    assert await texter.hears("ran 6k in 34 min") == "Logged: run 6km 34:00, 5:40 /km. New record: distance, time!"
    assert await texter.hears("walk 3 km") == "Logged: walk 3km."
    assert await texter.hears("RIDE 20km 1:02:10") == "Logged: ride 20km 1:02:10, 19.3 km/h."
    assert sorted(await logged(gym, amina)) == [
        ("ride", 20_000, 3730), ("run", 5200, 1710), ("run", 6000, 2040), ("walk", 3000, 0)
    ]  # fmt: skip
    assert (await gym.person(amina).run(ListWorkouts())).items == []


async def test_in_swahili(gym: Gym) -> None:
    amina, texter = await texter_of(gym, language="sw")
    answer = await texter.hears("nimekimbia km 5.2 dk 28")
    assert answer.startswith("Imehifadhiwa: run 5.2km 28:00, ")
    assert await logged(gym, amina) == [("run", 5200, 1680)]


async def test_a_guess_is_a_question(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("run 5 28") == "Did you mean run 5km 28:00? 1 Yes, 2 No"
    assert (await texter.hears("no")).startswith("Nothing was logged.")
    assert await logged(gym, amina) == []
    await texter.say("run 5 28")
    assert (await texter.hears("yes")).startswith("Logged: run 5km 28:00, 5:36 /km.")
    assert await logged(gym, amina) == [("run", 5000, 1680)]


async def test_what_nobody_ran_is_not_logged(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert "faster than anybody" in await texter.hears("run 52km 28:30")
    assert await logged(gym, amina) == []


async def test_a_denial_corrects_the_last_thing_logged(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    await texter.say("squat 5x5 100")
    await texter.say("RUN 5.2km 28:30")
    assert await texter.hears("no, 5.4km") == "Corrected: run 5.4km 28:30, 5:17 /km."
    assert await texter.hears("no, 29:10") == "Corrected: run 5.4km 29:10, 5:24 /km."
    # What is no run may be of the workout before it.
    assert await texter.hears("no, 3x8") == "Corrected: Squat 3x8 100kg."
    assert await logged(gym, amina) == [("run", 5400, 1750)]
    await texter.say("squat 5x5 110")
    assert await texter.hears("no, 120kg") == "Corrected: Squat 5x5 120kg."


async def test_a_denial_alone_deletes_it_when_confirmed(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    await texter.say("RUN 5.2km 28:30")
    await texter.say("undo")
    assert await logged(gym, amina) != []
    await texter.say("yes")
    assert await logged(gym, amina) == []


async def test_a_run_that_is_asked_for(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("log run") == "How far, and how long? Like: run 5.2km 28:30"
    assert (await texter.hears("whatever")).startswith("I could not read that.")
    assert (await texter.hears("ran 5k in 28 min")).startswith("Logged: run 5km 28:00")
    assert await logged(gym, amina) == [("run", 5000, 1680)]


async def test_the_question_that_run_puts_is_answered_without_the_word(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("RUN") == "How far, and how long? Like: run 5.2km 28:30"
    assert (await texter.hears("5.2km 28:30")).startswith("Logged: run 5.2km 28:30, 5:29 /km.")
    await texter.say("tembea")
    assert (await texter.hears("3 km dakika 40")).startswith("Logged: walk 3km 40:00")
    await texter.say("mbio")
    assert (await texter.hears("ride 20km 1:02:10")).startswith("Logged: ride 20km 1:02:10")
    await texter.say("kimbia")
    assert await texter.hears("5 28") == "Did you mean run 5km 28:00? 1 Yes, 2 No"
    await texter.say("yes")
    assert sorted(await logged(gym, amina)) == [
        ("ride", 20_000, 3730), ("run", 5000, 1680), ("run", 5200, 1710), ("walk", 3000, 2400)
    ]  # fmt: skip


async def test_a_run_answers_what_one_did(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert await texter.hears("log") == "What did you do? Like: squat 5x5 100"
    assert (await texter.hears("run 5.2km 28:30")).startswith("Logged: run 5.2km 28:30, 5:29 /km.")
    await texter.say("log")
    assert await texter.hears("run 5.2") == "Did you mean run 5.2km? 1 Yes, 2 No"
    await texter.say("no")
    # What is neither is asked about once more, as a workout.
    await texter.say("log")
    assert await texter.hears("run away") == (
        "I could not read that. Write it like: squat 5x5 100, What did you do? Like: squat 5x5 100"
    )
    assert await logged(gym, amina) == [("run", 5200, 1710)]


async def test_no_pace_is_told_where_nobody_moves_so_slowly(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert (await texter.hears("run 5.2km 28:30:30")).startswith("Logged: run 5.2km 28:30:30. ")


@pytest.mark.parametrize("text", ["nimeride 20k 1hr", "nimewalk 3km", "run5km 28:30", "jogi 5km", "nilirun 5km 28:30"])
async def test_hurried_and_mixed_words_are_runs(gym: Gym, text: str) -> None:
    amina, texter = await texter_of(gym)
    assert (await texter.say(text)).intent == "log_run"
    assert len(await logged(gym, amina)) == 1


@pytest.mark.parametrize("text", ["stop", "STOP", "/stop", "acha", "end"])
async def test_an_opt_out_is_never_about_a_run(gym: Gym, text: str) -> None:
    _, texter = await texter_of(gym)
    await texter.say("RUN 5.2km 28:30")
    assert (await texter.say(text)).intent == "stop"


@pytest.mark.parametrize("text", ["treadmill run 20 min", "run 3x400m", "high knee run 3x20", "can I run 5km here?"])
async def test_what_only_sounds_like_a_run_is_none(gym: Gym, text: str) -> None:
    amina, texter = await texter_of(gym)
    assert (await texter.say(text)).intent != "log_run"
    assert await logged(gym, amina) == []


async def test_what_goes_on_is_not_said_to_be_done(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    runner = gym.person(amina)
    started = await runner.run(StartActivity())
    assert await texter.hears("map") == "You are out: run. No distance yet."
    points = north(datetime.now(UTC) - timedelta(minutes=20), metres=3000)
    await runner.run(UploadPoints(activity_id=started.id, points=points))
    assert (await texter.hears("map")).startswith("So far: run, 3 km in 16:")
    # The bests of what is over, the shortest first.
    done = await texter.hears("finish")
    assert done.startswith("Done: run, 3 km in 16:")
    assert "Your best: 400 m, 1 km, 1 mile, distance, time!" in done
    assert (await texter.hears("ramani")).startswith("Done: run, 3 km in 16:")


async def test_finishing_by_text(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert (await texter.hears("finish")).startswith("You are not out.")
    await gym.person(amina).run(StartActivity())
    assert (await texter.hears("maliza")).startswith("Done: run.")
    assert await texter.hears("run") == "How far, and how long? Like: run 5.2km 28:30"
