"""The shipped exercises and how written names find them."""

from __future__ import annotations

import re

import pytest

from pp_core.workouts.formats.catalogue import (
    CATEGORIES,
    MEASURES,
    Exercise,
    Vocabulary,
    load_catalogue,
    skeleton,
    stem,
    words_of,
)

SHIPPED = Vocabulary.shipped()


def test_there_are_enough_exercises_and_each_is_complete() -> None:
    catalogue = load_catalogue()
    assert len(catalogue) >= 220
    for exercise in catalogue:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", exercise.slug)
        assert exercise.category in CATEGORIES, exercise.slug
        assert exercise.measure in MEASURES, exercise.slug
        assert exercise.primary, exercise.slug
        assert exercise.equipment, exercise.slug
        assert exercise.name_sw != exercise.name_en, exercise.slug
        for sentence in (exercise.instructions_en, exercise.instructions_sw):
            assert len(sentence) > 25, exercise.slug
            assert sentence.endswith("."), exercise.slug


def test_slugs_and_names_are_unique() -> None:
    catalogue = load_catalogue()
    for attribute in ("slug", "name_en", "name_sw"):
        values = [getattr(exercise, attribute).lower() for exercise in catalogue]
        assert len(values) == len(set(values)), attribute


def test_a_written_form_belongs_to_one_exercise_only() -> None:
    owner: dict[str, str] = {}
    for exercise in load_catalogue():
        forms = {"".join(words_of(name)) for name in exercise.names()}
        assert len(forms) == len(exercise.names()), f"{exercise.slug} repeats an alias"
        for form in forms:
            assert form, exercise.slug
            assert owner.setdefault(form, exercise.slug) == exercise.slug, form


def test_names_fit_an_sms_alphabet() -> None:
    for exercise in load_catalogue():
        assert exercise.name_en.isascii()
        assert exercise.name_sw.isascii()


@pytest.mark.parametrize("exercise", load_catalogue(), ids=lambda e: e.slug)
def test_every_form_of_a_name_finds_its_exercise(exercise: Exercise) -> None:
    for name in exercise.names():
        plural = (
            [name + "s"]
            if len(name) > 4
            and name.isascii()
            and name[-1] not in "shxyz"
            and name not in (exercise.name_sw, *exercise.aliases_sw)
            else []
        )
        for written in (name, name.upper(), name.replace("-", " "), name.replace(" ", "-"), *plural):
            found = SHIPPED.resolve(written)
            assert found is not None, written
            assert found.exact, written
            assert found.exercise is exercise, (written, found.exercise.slug)


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("bench", "bench-press"),
        ("squat", "squat"),
        ("squats", "squat"),
        ("press", "overhead-press"),
        ("row", "barbell-row"),
        ("curl", "bicep-curl"),
        ("dl", "deadlift"),
        ("ohp", "overhead-press"),
        ("rdl", "romanian-deadlift"),
        ("pulldown", "lat-pulldown"),
        ("db bench", "dumbbell-bench-press"),
        ("bench press dumbbell", "dumbbell-bench-press"),
        ("bench (dumbbell)", "dumbbell-bench-press"),
        ("press ups", "push-up"),
        ("pressups", "push-up"),
        ("crunches", "crunch"),
        ("flies", "chest-fly"),
        ("calves", "calf-raise"),
        ("sumo dl", "sumo-deadlift"),
        ("incline bp", "incline-bench-press"),
        ("kuchuchumaa", "squat"),
        ("pushapu", "push-up"),
        ("kuruka kamba", "jump-rope"),
    ],
)
def test_short_names_mean_the_commonest_exercise(written: str, slug: str) -> None:
    found = SHIPPED.resolve(written)
    assert found is not None
    assert found.exact
    assert found.exercise.slug == slug


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("dedlift", "deadlift"),
        ("bnch", "bench-press"),
        ("sqt", "squat"),
        ("pulups", "pull-up"),
        ("prs ups", "push-up"),
        ("inclin benc press", "incline-bench-press"),
        ("bulgarain split squat", "bulgarian-split-squat"),
        ("dumbel lateral rais", "lateral-raise"),
    ],
)
def test_near_misses_are_found_with_a_lower_score(written: str, slug: str) -> None:
    found = SHIPPED.resolve(written)
    assert found is not None
    assert found.exercise.slug == slug
    assert not found.exact
    assert 0.4 < found.score < 1.0


@pytest.mark.parametrize("written", ["", "xyzzy", "membership", "hello there", "a" * 500, "123", "???"])
def test_other_words_find_nothing(written: str) -> None:
    assert SHIPPED.resolve(written) is None


def test_a_gym_adds_its_own_exercises() -> None:
    own = Exercise(slug="kiboko-carry", name_en="Kiboko Carry", name_sw="Kubeba Kiboko", own_id="own-1")
    vocabulary = SHIPPED.with_own([own])
    found = vocabulary.resolve("kiboko carries") or vocabulary.resolve("kiboko carry")
    assert found is not None
    assert found.exercise.own_id == "own-1"
    assert SHIPPED.resolve("kiboko carry") is None or SHIPPED.resolve("kiboko carry").exercise is not own  # type: ignore[union-attr]
    assert vocabulary.resolve("bench").exercise.slug == "bench-press"  # type: ignore[union-attr]


def test_a_gyms_own_name_wins_over_the_shipped_one() -> None:
    own = Exercise(slug="our-squat", name_en="Squat", name_sw="Skwati Yetu", own_id="own-2")
    found = SHIPPED.with_own([own]).resolve("squats")
    assert found is not None
    assert found.exercise.own_id == "own-2"


def test_suggestions_name_the_nearest_first() -> None:
    assert SHIPPED.suggest("bench pres")[0].slug == "bench-press"
    assert SHIPPED.suggest("") == []
    assert len(SHIPPED.suggest("press", limit=2)) <= 2


def test_stems_and_skeletons() -> None:
    assert stem("presses") == stem("press") == "press"
    assert stem("dbs") == "dumbbell"
    assert skeleton("deadlift") == skeleton("dedlift")


def test_near_miss_memory_is_bounded() -> None:
    vocabulary = Vocabulary.of(load_catalogue())
    for number in range(9000):
        word = "q" + "".join(chr(97 + int(digit)) for digit in f"{number:05d}")
        vocabulary.correct(word)
    assert len(vocabulary._words) <= 8192
