"""The shorthand: the corpora, and what must hold for any text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pp_core.workouts.formats.catalogue import Exercise, Vocabulary, load_catalogue
from pp_core.workouts.formats.shorthand import ParsedSet, ParsedWorkout, parse, render
from pp_core.workouts.operations import SURE_ENOUGH

from .corpus import Case, cases

BATCHES = (
    "",
    "_second",
    "_third",
    "_fourth",
    "_fifth",
    "_probes",
    "_stranger_a",
    "_stranger_b",
    "_stranger_c",
    "_stranger_d",
    "_stranger_e",
)
CASES = [case for batch in BATCHES for case in cases(f"corpus{batch}.txt")]
CATALOGUE = load_catalogue()
RELAXED = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.place)
def test_corpus(case: Case) -> None:
    read = parse(case.text)
    assert read.as_json()["sets"] == case.sets, case.text
    assert read.intent == ("log_workout" if case.sets else "unknown")
    assert case.note.lower() in (read.note or "").lower()
    if case.sets:
        assert read.confidence >= SURE_ENOUGH, case.text
    else:
        assert read.confidence < SURE_ENOUGH, case.text
        assert read.note == (case.text.strip() or None)


@pytest.mark.parametrize("case", [case for case in CASES if case.sets], ids=lambda case: case.place)
def test_corpus_reads_back(case: Case) -> None:
    written = render(parse(case.text))
    assert written.isascii()
    assert parse(written).sets == parse(case.text).sets, written


def test_the_corpora_are_large_enough() -> None:
    assert len(CASES) >= 1000
    assert len({case.text for case in CASES}) == len(CASES)


def test_json_is_exactly_what_the_command_prints() -> None:
    read = parse("bench 3x8@60kg rpe 8.5, felt easy")
    assert json.dumps(read.as_json()) == (
        '{"intent": "log_workout", "sets": [{"exercise": "Bench Press", "sets": 3, "reps": 8, "weight_kg": 60, '
        '"rpe": 8.5, "seconds": null}], "note": "felt easy", "confidence": 1.0}'
    )
    assert parse("hello").as_json() == {"intent": "unknown", "sets": [], "note": "hello", "confidence": 0.0}


def test_canonical_form() -> None:
    read = parse("squat 5x5 100 rpe8, bench 3x8 60 2x6 65, plank 3x60, pullups 12 then 10 +10kg, dips 3x8 -20")
    assert (
        render(read)
        == (
            "Squat 5x5 100kg rpe8; Bench Press 3x8 60kg, 2x6 65kg; Plank 3x60s; Pull-Up 1x12 10kg, 1x10 10kg; "
            "Dip 3x8 bw-20kg"
        )
        or parse(render(read)).sets == read.sets
    )


def test_what_was_not_understood_is_named_with_the_nearest_form() -> None:
    read = parse("squat 5x5 100, flibbertigibbet 3x10 20")
    assert [one.exercise for one in read.sets] == ["Squat"]
    assert read.unread[0].text == "flibbertigibbet 3x10 20"
    assert "flibbertigibbet" in (read.note or "")
    assert read.confidence < 0.9


def test_a_name_without_numbers_is_answered_with_the_form() -> None:
    read = parse("squat")
    assert read.intent == "unknown"
    assert read.unread[0].suggestion == "Squat 3x8"
    read = parse("squat 5x5 100, bench")
    assert read.unread[0].suggestion == "Bench Press 3x8"


def test_near_misses_and_leftovers_lower_the_confidence() -> None:
    sure, near, left = parse("squat 5x5 100"), parse("sqaut 5x5 100"), parse("squat 5x5 100 wibble wobble")
    assert sure.confidence == 1.0
    assert near.confidence < sure.confidence
    assert left.confidence < sure.confidence


def test_a_gyms_own_exercise_is_read() -> None:
    own = Exercise(slug="kiboko-carry", name_en="Kiboko Carry", name_sw="Kubeba Kiboko", own_id="own-1")
    read = parse("kiboko carry 3x10 20kg", Vocabulary.shipped().with_own([own]))
    assert read.sets == (ParsedSet("Kiboko Carry", "kiboko-carry", 3, 10, 20.0, None, None, "own-1"),)


# Properties

WEIGHTS = st.one_of(st.none(), st.integers(4, 1200).map(lambda quarter: quarter / 4))
EFFORTS = st.one_of(st.none(), st.integers(2, 20).map(lambda half: half / 2))


@st.composite
def parsed_sets(draw: st.DrawFn) -> ParsedSet:
    exercise = draw(st.sampled_from(CATALOGUE))
    timed = exercise.measure == "seconds"
    weight = draw(WEIGHTS)
    if exercise.unloaded and weight is not None and draw(st.booleans()):
        weight = -weight
    return ParsedSet(
        exercise=exercise.name_en,
        slug=exercise.slug,
        sets=draw(st.integers(1, 12)),
        reps=None if timed else draw(st.integers(1, 100)),
        weight_kg=weight,
        rpe=draw(EFFORTS),
        seconds=draw(st.integers(1, 3600)) if timed else None,
    )


def merged(sets: list[ParsedSet]) -> tuple[ParsedSet, ...]:
    out = []
    for _key, run in groupby(sets, key=lambda one: (one.slug, one.reps, one.weight_kg, one.rpe, one.seconds)):
        same = list(run)
        total = min(sum(one.sets for one in same), 100)
        first = same[0]
        out.append(ParsedSet(first.exercise, first.slug, total, first.reps, first.weight_kg, first.rpe, first.seconds))
    return tuple(out)


@RELAXED
@given(st.lists(parsed_sets(), min_size=1, max_size=6))
def test_what_it_prints_it_parses_back(sets: list[ParsedSet]) -> None:
    workout = ParsedWorkout("log_workout", merged(sets))
    written = render(workout)
    read = parse(written)
    assert read.sets == workout.sets, written
    assert read.note is None, written
    assert read.confidence >= 0.9, written


STYLES: list[Callable[[str, int, int, str], str]] = [
    lambda n, s, r, w: f"{n} {s}x{r} {w}kg",
    lambda n, s, r, w: f"{n} {s} x {r} @ {w}",
    lambda n, s, r, w: f"{n.upper()} {w}KG {s}X{r}",
    lambda n, s, r, w: f"{n}: {s} sets of {r} at {w} kg",
    lambda n, s, r, w: f"{s}x{r} {n} {w}kg",
    lambda n, s, r, w: f"leo nimefanya {n} seti {s} za {r} kilo {w}",
    lambda n, s, r, w: f"{n} kilo {w} seti {s} mara {r}",
    lambda n, s, r, w: f"{n} {r} reps {s} sets {w}kg",
    lambda n, s, r, w: f"{n} {s}x{r}x{w}kg",
    lambda n, s, r, w: f"{n} " + ", ".join([str(r)] * s) + f" @ {w}kg",
    lambda n, s, r, w: f"{n} " + ", ".join([f"{w}kg x {r}"] * s),
    lambda n, s, r, w: f"{n}\n" + "\n".join([f"{w}kg x {r}"] * s),
    lambda n, s, r, w: f"Hi coach, today I did {n} {s}×{r} with {w} kgs 💪",
    lambda n, s, r, w: f"{n} {w.replace('.', ',')}kg {s}x{r}",
]


@RELAXED
@given(
    st.sampled_from([e for e in CATALOGUE if e.measure == "reps"]),
    st.integers(1, 6),
    st.integers(2, 20),
    st.integers(16, 100).map(lambda step: step * 2.5),
    st.sampled_from(STYLES),
)
def test_the_same_workout_in_several_styles(
    exercise: Exercise, sets: int, reps: int, weight: float, style: Callable[[str, int, int, str], str]
) -> None:
    text = style(exercise.name_en, sets, reps, f"{weight:g}")
    expected = ParsedSet(exercise.name_en, exercise.slug, sets, reps, weight)
    assert parse(text).sets == (expected,), text


WORDS = """squat bench 5x5 100 kg 60kg x * @ , ; . + - / : ( ) 3 8 12,10,8 1:30 90s rpe8 rir2 bw +10 -20 na kwa seti za
kilo mia nusu dakika mara half a hundred and then last set amrap each side rest 2min plank pullups 225lb 82,5 ' " # %
felt easy ½ × – ’ 0 00 99999999 set 1 warm up tank rounds"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@RELAXED
@given(
    st.one_of(
        st.text(max_size=200), st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES, max_size=40).map("".join)
    )
)
def test_no_text_crashes_it(text: str) -> None:
    read = parse(text)
    assert 0.0 <= read.confidence <= 1.0
    assert (read.intent == "log_workout") == bool(read.sets)
    json.dumps(read.as_json(), allow_nan=False)
    for one in read.sets:
        assert one.sets >= 1
        assert one.reps is None or one.reps >= 1
        assert one.seconds is None or one.seconds >= 1
    if read.sets:
        assert parse(render(read)).sets == read.sets, render(read)


def work(text: str) -> int:
    """Count the calls a parse makes, Python's and the interpreter's own: a measure no busy machine disturbs."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        if event in ("call", "c_call", "line"):
            calls += 1

    sys.setprofile(count)
    try:
        parse(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "piece",
    [
        "squat 5x5 100, ",
        "squat 5x5 100 ",
        "bench 60x10 70x8 80x6\n",
        "5,",
        "5x",
        "5 ",
        "1/",
        "x ",
        "squat ",
        "na ",
        "mia na ",
        "dumbbell ",
        "incline bench ",
        "wibble 3x8 ",
        "kila upande ",
        "(((",
        " ",
        "'\"",
        "set 1 60x10 ",
        "press ups ",
        "60kg ",
        "0",
        "a",
        "𝟝×",
        "plank 1 min 30 sec ",
        "60s ",
        "3 sets ",
        "wibble ",
        "12 then ",
        "@ 60 ",
        "rest 90s ",
        "2 in the tank ",
        "3 rounds ",
    ],
)
@pytest.mark.parametrize("head", ["", "squat 3x8 60 "])
def test_work_grows_with_length_and_no_faster(piece: str, head: str) -> None:
    small = head + piece * 40
    large = head + piece * 640
    parse(small), parse(large)
    assert work(large) <= 16 * 1.5 * work(small) + 2000
