"""The shipped exercises, and how a written name finds one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from rapidfuzz import fuzz, process

LANGUAGES = ("en", "sw")
MEASURES = ("reps", "seconds", "metres")
CATEGORIES = ("strength", "bodyweight", "olympic", "strongman", "cardio", "mobility")

# What people write for a word that the catalogue spells in one way. Keys and values are single stems.
SYNONYMS = {
    "db": "dumbbell", "dbs": "dumbbell", "dumbell": "dumbbell", "dumbel": "dumbbell", "dumbbel": "dumbbell",
    "dambeli": "dumbbell", "dambel": "dumbbell", "dumbels": "dumbbell",
    "deads": "deadlift", "dl": "deadlift", "dls": "deadlift", "bp": "benchpress", "sq": "squat", "sqs": "squat",
    "one": "single",
    "armed": "arm", "legged": "leg", "bb": "barbell", "babel": "barbell", "kb": "kettlebell", "kettle": "kettlebell",
    "calves": "calf", "calve": "calf", "flies": "fly", "flye": "fly", "flyes": "fly", "flys": "fly",
    "raises": "raise", "ext": "extension", "extention": "extension", "inc": "incline", "inclined": "incline",
    "declined": "decline", "rev": "reverse", "mach": "machine", "mc": "machine", "alt": "alternating",
    "alternate": "alternating", "pushing": "push", "pulling": "pull", "squatting": "squat", "squatted": "squat",
    "deadlifting": "deadlift", "deadlifted": "deadlift", "benching": "bench", "benched": "bench", "pressed": "press",
    "pressing": "press", "rowed": "row", "curled": "curl", "curling": "curl", "planked": "plank", "lunging": "lunge",
    "presi": "press", "skwats": "squat", "laterals": "lateral", "tri": "tricep", "bi": "bicep", "rdls": "rdl",
    "ohps": "ohp", "bodywt": "bodyweight", "1arm": "single", "fwd": "forward", "ups": "up", "pds": "pd",
    "medicine": "med",
    "hammies": "hamstring", "hammy": "hamstring", "quads": "quad", "glutes": "glute", "overhd": "overhead",
}  # fmt: skip

_SILENT = frozenset({"the", "a", "an", "of", "za", "ya", "la", "wa"})
_LONGEST_NAME = 6
_LONGEST_WORD = 24


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise; ``measure`` says what a bare number counts: reps, seconds, or metres."""

    slug: str
    name_en: str
    name_sw: str
    aliases_en: tuple[str, ...] = ()
    aliases_sw: tuple[str, ...] = ()
    category: str = "strength"
    primary: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    equipment: str = "bodyweight"
    measure: str = "reps"
    instructions_en: str = ""
    instructions_sw: str = ""
    own_id: str | None = None  # the key of a gym's own exercise; None for the shipped ones

    @property
    def unloaded(self) -> bool:
        """Whether nothing but the body is lifted unless a load is written."""
        return self.equipment in _NO_LOAD

    @property
    def one_sided(self) -> bool:
        """Whether it is done with one side of the body, then the other."""
        return any(part in self.slug for part in _ONE_SIDED)

    def names(self) -> tuple[str, ...]:
        """Every written form: both names, then the aliases."""
        return (self.name_en, self.name_sw, *self.aliases_en, *self.aliases_sw)


_ONE_SIDED = (
    "single-", "one-arm", "split-squat", "lunge", "turkish", "pistol", "step-up", "side-plank", "copenhagen", "suitcase",
    "concentration", "dumbbell-row", "meadows", "dumbbell-snatch", "kettlebell-snatch", "kettlebell-clean", "clamshell",
    "kettlebell-press", "kettlebell-row", "fire-hydrant", "side-leg-raise", "archer", "side-bend", "woodchopper", "pallof",
    "bird-dog", "dead-bug", "glute-kickback",
)  # fmt: skip
_NO_LOAD = frozenset({"bodyweight", "box", "rope", "step", "ladder", "ab wheel", "foam roller", "bag", "band"})


@dataclass(frozen=True, slots=True)
class Match:
    """An exercise found for some words; ``score`` is 1.0 for a known form, less for a near miss."""

    exercise: Exercise
    score: float
    exact: bool


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Fold a lower-case word to the form names are keyed by: singular, one spelling for each synonym."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    if len(word) > 2 and word[-1] == "z":
        word = word[:-1] + "s"  # `pushupz`
        if word in SYNONYMS:
            return SYNONYMS[word]
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "su":
        if word.endswith(("sses", "ches", "shes", "xes")):
            word = word[:-2]
        elif word.endswith("ies") and len(word) > 4:
            word = word[:-3] + "y"
        else:
            word = word[:-1]
    return SYNONYMS.get(word, word)


def skeleton(word: str) -> str:
    """First letter and the later consonants, none doubled: what is left of a word in a hurried SMS."""
    kept = word[:1]
    for letter in word[1:]:
        if letter not in "aeiou" and letter != kept[-1]:
            kept += letter
    return kept


def words_of(text: str) -> list[str]:
    """Split a name into stems, dropping punctuation and the words that carry nothing."""
    folded = text.lower().replace("'", "").replace("’", "").replace("&", " and ")
    cleaned = "".join(c if c.isalnum() else " " for c in folded)
    return [stem(word) for word in cleaned.split() if word not in _SILENT]


@lru_cache(maxsize=1)
def load_catalogue() -> tuple[Exercise, ...]:
    """Read the exercises shipped in ``pp_core/workouts/data/exercises.yaml``; cached."""
    raw = resources.files("pp_core.workouts.data").joinpath("exercises.yaml").read_text(encoding="utf-8")
    return tuple(_exercise(row) for row in yaml.load(raw, Loader=yaml.CSafeLoader))


def _exercise(row: dict[str, Any]) -> Exercise:
    return Exercise(
        slug=row["slug"],
        name_en=row["name"]["en"],
        name_sw=row["name"]["sw"],
        aliases_en=tuple(row["aliases"]["en"]),
        aliases_sw=tuple(row["aliases"]["sw"]),
        category=row["category"],
        primary=tuple(row["muscles"]["primary"]),
        secondary=tuple(row["muscles"]["secondary"]),
        equipment=row["equipment"],
        measure=row["measure"],
        instructions_en=row["instructions"]["en"],
        instructions_sw=row["instructions"]["sw"],
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of a set of exercises, indexed; immutable and safe to share."""

    exercises: tuple[Exercise, ...]
    _joined: dict[str, Exercise] = field(default_factory=dict, repr=False, compare=False)
    _unordered: dict[str, Exercise] = field(default_factory=dict, repr=False, compare=False)
    _skeletons: dict[str, Exercise] = field(default_factory=dict, repr=False, compare=False)
    _longest: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _near: dict[str, Match | None] = field(default_factory=dict, repr=False, compare=False)
    _words: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    _stems: list[str] = field(default_factory=list, repr=False, compare=False)
    _stem_skeletons: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _keys: list[str] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, exercises: Iterable[Exercise]) -> Vocabulary:
        """Index exercises; where two claim one written form the earlier keeps it, names before aliases."""
        vocabulary = cls(tuple(exercises))
        for exercise in vocabulary.exercises:
            vocabulary._add(exercise.name_en, exercise)
            vocabulary._add(exercise.name_sw, exercise)
        for exercise in vocabulary.exercises:
            for name in (*exercise.aliases_en, *exercise.aliases_sw):
                vocabulary._add(name, exercise)
        vocabulary._stems.extend(word for word in vocabulary._longest if len(word) > 2)
        for word in vocabulary._stems:
            vocabulary._stem_skeletons.setdefault(skeleton(word), word)
        vocabulary._keys.extend(key for key in vocabulary._joined if len(key) > 3)
        return vocabulary

    @classmethod
    def shipped(cls) -> Vocabulary:
        """Return the vocabulary of the shipped catalogue; cached."""
        return _shipped()

    def with_own(self, extra: Iterable[Exercise]) -> Vocabulary:
        """Return a vocabulary that also knows a gym's own exercises, which win over the shipped ones."""
        return Vocabulary.of((*extra, *self.exercises))

    def _add(self, name: str, exercise: Exercise) -> None:
        words = words_of(name)
        key = "".join(words)
        if not key:
            return
        self._joined.setdefault(key, exercise)
        self._unordered.setdefault(" ".join(sorted(words)), exercise)
        self._skeletons.setdefault(skeleton(key), exercise)
        self._longest.setdefault(key, 1)
        # One more than the name has: `push ups` may be written for the key `pushup`.
        for word in words:
            self._longest[word] = max(self._longest.get(word, 0), min(len(words) + 1, _LONGEST_NAME))

    def longest(self, word: str) -> int:
        """How many words a name containing this stem may have; 0 if no name contains it."""
        return self._longest.get(word, 0)

    def exact(self, stems: Sequence[str]) -> Exercise | None:
        """Find the exercise whose name or alias is these stems, joined or in any order."""
        found = self._joined.get("".join(stems))
        if found is None and len(stems) > 1:
            found = self._unordered.get(" ".join(sorted(stems)))
        return found

    def resolve(self, words: str | Sequence[str]) -> Match | None:
        """Find the exercise a person meant by these words: a known form, else the nearest one, else None."""
        stems = words_of(words) if isinstance(words, str) else [stem(word) for word in words]
        if not stems or len(stems) > _LONGEST_NAME:
            return None
        found = self.exact(stems)
        if found is not None:
            return Match(found, 1.0, exact=True)
        key = " ".join(stems)
        if key not in self._near:
            if len(self._near) >= 8192:
                self._near.clear()
            self._near[key] = self._nearest(stems)
        return self._near[key]

    def correct(self, word: str) -> str | None:
        """Return the stem of some name that this misspelt word most likely is, or None."""
        if word in self._longest:
            return word
        if word not in self._words:
            if len(self._words) >= 8192:
                self._words.clear()
            self._words[word] = self._corrected(word)
        return self._words[word]

    def _corrected(self, word: str) -> str | None:
        if not 3 <= len(word) <= _LONGEST_WORD or not word.isalpha():
            return None
        bones = skeleton(word)
        by_bones = self._stem_skeletons.get(bones)
        if by_bones is not None and len(bones) > 2 and abs(len(by_bones) - len(word)) <= 3:
            return by_bones
        cutoff = 80.0 if len(word) > 4 else 85.0
        word = word.rstrip("s") if len(word) > 5 else word
        for found, _score, _index in process.extract(
            word, self._stems, scorer=fuzz.ratio, score_cutoff=cutoff, limit=3
        ):
            if found[0] == word[0] or (len(word) > 5 and found[1:3] == word[1:3]):
                return found
        return None

    def _nearest(self, stems: Sequence[str]) -> Match | None:
        key = "".join(stems)
        if not 3 <= len(key) <= _LONGEST_WORD * 2 or not key.isalpha():
            return None
        corrected = [self.correct(word) or word for word in stems]
        found = self.exact(corrected)
        if found is not None:
            return Match(found, 0.4 + 0.5 * fuzz.ratio(key, "".join(corrected)) / 100, exact=False)
        bones = skeleton(key)
        if len(bones) > 2 and (found := self._skeletons.get(bones)) is not None:
            return Match(found, 0.82, exact=False)
        if len(key) < 5:
            return None
        best = process.extractOne(key, self._keys, scorer=fuzz.ratio, score_cutoff=80.0)
        if best is None or best[0][0] != key[0]:
            return None
        return Match(self._joined[best[0]], 0.4 + 0.5 * best[1] / 100, exact=False)

    def suggest(self, words: str, limit: int = 3) -> list[Exercise]:
        """Return the exercises whose names are nearest to these words, best first, for a question back."""
        key = "".join(words_of(words[:80]))
        if not key:
            return []
        seen: dict[str, Exercise] = {}
        for found, _score, _index in process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=40.0, limit=12):
            exercise = self._joined[found]
            seen.setdefault(exercise.slug, exercise)
        return list(seen.values())[:limit]


@lru_cache(maxsize=1)
def _shipped() -> Vocabulary:
    return Vocabulary.of(load_catalogue())
