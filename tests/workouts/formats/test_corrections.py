"""Corrections: by example, and the promises of the merge for any workout."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pp_core.workouts.formats.shorthand import ParsedSet, correct, parse, render, render_sets
from pp_core.workouts.formats.shorthand.merging import Said, amend, singles, together
from pp_core.workouts.operations import SURE_ENOUGH

from .test_shorthand import PIECES, RELAXED, parsed_sets

ASKS = "?"
"""Before a result: it is read, and so unsurely that the doors ask."""
EXAMPLES = """
squat 5x5 100 | 3x8 | Squat 3x8 100kg
squat 5x5 100 | 3x8 60 | Squat 3x8 60kg
squat 5x5 100 | 110 | Squat 5x5 110kg
squat 5x5 100 | 110kg | Squat 5x5 110kg
squat 5x5 100 | 82,5 | Squat 5x5 82.5kg
squat 5x5 100 | kilo mia moja na kumi | Squat 5x5 110kg
squat 5x5 100 | 225lb | Squat 5x5 102.06kg
squat 5x5 100 | 8 | Squat 5x8 100kg
squat 5x5 100 | 8 reps | Squat 5x8 100kg
squat 5x5 100 | 3 sets | Squat 3x5 100kg
squat 5x5 100 | seti 4 | Squat 4x5 100kg
squat 5x5 100 | 1x8 | Squat 1x8 100kg
squat 5x5 100 | 60x8 | Squat 5x8 60kg
squat 5x5 100 | rpe 8 | Squat 5x5 100kg rpe8
squat 5x5 100 | @9 | Squat 5x5 100kg rpe9
squat 5x5 100 | @110 | Squat 5x5 110kg
squat 5x5 100 rpe8 | 3x8 | Squat 3x8 100kg rpe8
squat 5x5 100 | bw | Squat 5x5
squat 5x5 100 | 3x20 bila uzito | Squat 3x20
squat 5x5 100 | last set 3 | Squat 4x5 100kg, 1x3 100kg
squat 5x5 100 | 10,8,6 | Squat 1x10 100kg, 1x8 100kg, 1x6 100kg
squat 5x5 100 | no, 3x8 | Squat 3x8 100kg
squat 5x5 100 | No 3x8! | Squat 3x8 100kg
squat 5x5 100 | hapana, tatu kwa nane | Squat 3x8 100kg
squat 5x5 100 | it should be 3x8 not 5x5 | Squat 3x8 100kg
squat 5x5 100 | sio 5x5 ni 3x8 | Squat 3x8 100kg
squat 5x5 100 | squat 3x8 | Squat 3x8 100kg
squat 5x5 100 | bench 3x8 60 | Bench Press 3x8 60kg
squat 5x5 100 | bench | Bench Press 5x5 100kg
squat 5x5 100 | bench, not squat | Bench Press 5x5 100kg
squat 5x5 100 | squat 3x8, bench 3x8 60 | Squat 3x8 100kg; Bench Press 3x8 60kg
squat 5x5 100 | 60/70/80kg | ? Squat 1x5 60kg, 1x5 70kg, 1x5 80kg
squat 5x5 100 | wibble 3x8 | ? Squat 3x8 100kg
squat 5x5 100 | 2 min | ? Squat 5x120s 100kg
squat 5x5 100 | plank | -
squat 5x5 100 | squat | -
squat 5x5 100 | run 5k | -
squat 5x5 100 | 110? | -
squat 5x5 100 | kesho 3x8 | -
squat 5x5 100 | cancel | -
squat 5x5 100 | habari | -
squat 5x5 100 | no | -
squat 5x5 100, bench 3x8 60 | 62.5 | Squat 5x5 100kg; Bench Press 3x8 62.5kg
squat 5x5 100, bench 3x8 60 | squat 3x8 | Squat 3x8 100kg; Bench Press 3x8 60kg
squat 5x5 100, bench 3x8 60 | row 3x10 50 | Squat 5x5 100kg; Barbell Row 3x10 50kg
squat 5x5 100, bench 3x8 60 | deadlift not squat | Deadlift 5x5 100kg; Bench Press 3x8 60kg
squat 5x5 100, bench 3x8 60 | deadlift 3x5 140 not squat | Deadlift 3x5 140kg; Bench Press 3x8 60kg
squat 5x5 100, bench 3x8 60 | bench 3x5 65, row 3x10 50 | Barbell Row 3x10 50kg; Bench Press 3x5 65kg
squat 5x5 100, bench 3x8 60, squat 2x3 120 | squat 80kg | ? Squat 5x5 80kg; Bench Press 3x8 60kg; Squat 2x3 80kg
bench 60x10, 70x8, 80x6 | 3x8 | Bench Press 1x8 60kg, 1x8 70kg, 1x8 80kg
bench 60x10, 70x8, 80x6 | 60/75/85kg | Bench Press 1x10 60kg, 1x8 75kg, 1x6 85kg
bench 60x10, 70x8, 80x6 | last set 5 | Bench Press 1x10 60kg, 1x8 70kg, 1x5 80kg
bench 60x10, 70x8, 80x6 | 4x8 | ? Bench Press 1x8 60kg, 1x8 70kg, 2x8 80kg
bench 60x10, 70x8, 80x6 | 90 | ? Bench Press 1x10 90kg, 1x8 90kg, 1x6 90kg
bench 3x8 60, 2x5 70 | 65/75kg | Bench Press 3x8 65kg, 2x5 75kg
plank 3x60s | 90s | Plank 3x90s
plank 3x60s | 90 | Plank 3x90s
plank 3x60s | 4 sets | Plank 4x60s
pullups 12,10,8 | +10kg | Pull-Up 1x12 10kg, 1x10 10kg, 1x8 10kg
pullups 12,10,8 | 12,10,9 | Pull-Up 1x12, 1x10, 1x9
pullups 12,10,8 | 10 | ? Pull-Up 3x10
dumbbell curl 3x12 10kg | 12 | Bicep Curl 3x12 12kg
dumbbell curl 3x12 10kg | 8 | ? Bicep Curl 3x8 10kg
rowing machine 20 min | 25 min | Rowing Machine 1x1500s
"""


@pytest.mark.parametrize("example", EXAMPLES.strip().splitlines())
def test_examples(example: str) -> None:
    logged, text, expected = (part.strip() for part in example.split("|"))
    read = correct(parse(logged).sets, text)
    if expected == "-":
        assert not read.sets
        assert read.unread[0].suggestion
        return
    assert render(read) == expected.removeprefix(ASKS).strip()
    assert (read.confidence < SURE_ENOUGH) == expected.startswith(ASKS)


def test_a_remark_is_the_note_and_a_distance_too() -> None:
    assert correct(parse("squat 5x5 100").sets, "3x8 goti linauma").note == "goti linauma"
    assert correct(parse("rowing machine 20 min").sets, "5000m").note == "5000m"


@st.composite
def of_one_exercise(draw: st.DrawFn) -> list[ParsedSet]:
    """The sets of one exercise."""
    first = draw(parsed_sets())
    more = draw(st.lists(parsed_sets(), max_size=4))
    counts = (first.reps, first.seconds)
    return together(
        [
            first,
            *(
                replace(first, sets=one.sets, weight_kg=one.weight_kg, rpe=one.rpe, reps=counts[0], seconds=counts[1])
                for one in more
            ),
        ]
    )


FLAGS = st.booleans()


@RELAXED
@given(of_one_exercise(), of_one_exercise(), FLAGS, FLAGS, FLAGS, FLAGS)
def test_what_is_said_holds_and_what_is_not_is_kept(
    logged: list[ParsedSet], new: list[ParsedSet], counted: bool, loaded: bool, effort: bool, told: bool
) -> None:
    said = Said(tuple(new), counted=counted, loaded=loaded, effort=effort, sets_told=told)
    merged, sure = amend(logged, said)
    after, before, given_ = singles(merged), singles(logged), singles(new)
    assert {(one.slug, one.own_id) for one in after} == {(logged[0].slug, logged[0].own_id)}
    if told or (len(given_) > 1 and counted):
        assert len(after) == len(given_)
    elif len(given_) == 1:
        assert len(after) == len(before)
    for told_of, what in (
        (counted, lambda one: (one.reps, one.seconds)),
        (loaded, lambda one: one.weight_kg),
        (effort, lambda one: one.rpe),
    ):
        source = given_ if told_of else before
        assert {what(one) for one in after} <= {what(one) for one in source}
        if sure == 1.0 and len(after) == len(source):
            assert [what(one) for one in after] == [what(one) for one in source]
    assert together(merged) == merged


@RELAXED
@given(of_one_exercise())
def test_nothing_said_changes_nothing(logged: list[ParsedSet]) -> None:
    assert amend(logged, Said((replace(logged[0], sets=1),), sets_told=False)) == (logged, 1.0)


@RELAXED
@given(st.lists(parsed_sets(), min_size=1, max_size=4), of_one_exercise())
def test_the_canonical_form_of_a_workout_corrects_it_to_itself(logged: list[ParsedSet], new: list[ParsedSet]) -> None:
    sets = together(logged)
    assume(len({one.slug for one in sets}) == len(logged))
    assert correct(sets, render_sets(sets)).sets == tuple(sets)
    assume(new[0].slug not in {one.slug for one in sets})
    replaced = correct(sets, render_sets(new)).sets
    assert replaced == (*(one for one in sets if one.slug != sets[-1].slug), *new)


@RELAXED
@given(
    st.lists(parsed_sets(), min_size=1, max_size=4),
    st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=12).map(" ".join)),
)
def test_no_text_crashes_it_nor_empties_a_workout(logged: list[ParsedSet], text: str) -> None:
    read = correct(together(logged), text)
    assert 0.0 <= read.confidence <= 1.0
    assert bool(read.sets) == read.is_workout
    assert all(one.sets >= 1 for one in read.sets)
    if read.sets:
        assert parse(render(read)).sets == read.sets, (render(read), text)
