"""Answers of the core at their longest, made from the declared results and errors of an operation.

Of each result there is the fullest one, then that one with each field in turn at its other values: nothing, no, each word of a
closed set (with each count), one instead of many.
"""

import itertools
import types
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

from pp_core.kernel import locale
from pp_core.kernel.errors import FeatureMissing, GymSuspended, PermissionMissing, Problem, TooManyRequests
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation
from pp_core.workouts.operations import LONGEST_TEXT

SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
PERSON = uuid5(SPACE, "person0")
"""Who speaks: what the core says of somebody is of them."""
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
FAR = date(2027, 9, 22)
"""Jumatano 22 Sep 2027: not of this year, so its year is said."""
NAME = "Mwanahawa-Wangũi Nyambura wa Kamau-Mwakilishi binti Abdulrahman al-Mazrui, Esq."
GYM = "Kilimani Strength, Conditioning and Olympic Weightlifting Academy of Nairobi [A]"
PLAN = "Family Premium, unlimited classes, sauna and pool, 12 months"
EXERCISE = "Single-Arm Dumbbell Bulgarian Squats "
MOST = 12
_STRINGS = {
    "name": NAME[:79],
    "gym_name": GYM,
    "plan_name": PLAN,
    "exercise": EXERCISE.strip(),
    "code": "M000042",
    "plan_code": "FAMILY-PREMIUM-12-MO",
    "gym_slug": "g" * 40,
    "language": "en",
    "canonical": "; ".join(f"{EXERCISE.strip()} {one}x12 1,000.25kg@9.5" for one in range(1, 21)),
    "text": "[" + "whatever-nobody-can-read" * 5 + "]",
    "suggestion": "single-arm dumbbell bulgarian squat 5x5 100",
}
_TOLD = {
    "suggestion": "squat 5x5 100, bench 3x8 60",
    "canonical": _STRINGS["canonical"][:LONGEST_TEXT],
    "name": NAME,
    "ended_on": FAR.isoformat(),
    "starts_on": FAR.isoformat(),
    "left": 4,
    "status": "expired",
}
MEASURES = ("400m", "1km", "1mi", "5km", "10km", "half", "full", "furthest", "longest", "climb")
ANYWHERE = (PermissionMissing, GymSuspended, FeatureMissing, TooManyRequests)
"""Problems that the pipeline may raise for any operation."""

assert (len(NAME), len(GYM), len(PLAN)) == (79, 80, 60)


def answers(operation: Operation[Any]) -> list[BaseModel | Problem]:
    """Everything that running it may come to."""
    return _answers(type(operation))


@cache
def _answers(operation: type[Operation[Any]]) -> list[BaseModel | Problem]:
    problems = [_problem(kind) for kind in (*operation.errors, *ANYWHERE)]
    return [*_values(operation.result, ""), *problems]


def _problem(kind: type[Problem]) -> Problem:
    longest = locale.longest_values()
    entry = locale.catalogue()[kind.code]
    asked = locale.places(locale.forms(entry, "en")["other"]) | {"suggestion", "canonical", "ended_on", "starts_on"}
    return kind(**{name: _TOLD.get(name, longest.get(name, "x" * 20)) for name in asked})


def _values(kind: Any, name: str, number: int = 0) -> list[Any]:
    """Values of a type, the fullest first."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        given = [one for one in inner if one is not type(None)]
        return [value for one in given for value in _values(one, name, number)] + [None] * (len(given) < len(inner))
    if origin is Literal:
        return list(inner)
    if origin in (list, tuple):
        return _lists(inner[0], name)
    if origin is frozenset:
        return [frozenset()]
    if origin is dict:
        return [{}]
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Money:
        return _models(kind, number)
    return _plain(kind, name, number)


def _lists(inner: Any, name: str) -> list[Any]:
    full: list[Any] = [_values(inner, name, number)[0] for number in range(MOST)]
    alone = _values(inner, name)
    mixed = [_values(inner, name, number)[number] for number in range(len(alone))]
    return [full, [], *([one] for one in alone), mixed]


def _models(kind: type[BaseModel], number: int) -> list[Any]:
    fields = {name: _values(field.annotation, name, number) for name, field in kind.model_fields.items()}
    full = {name: values[0] for name, values in fields.items()}
    made = [kind(**full)]
    for name, values in fields.items():
        made += [kind(**{**full, name: value}) for value in values[1:]]
    words = [name for name, field in kind.model_fields.items() if get_origin(field.annotation) is Literal]
    counts = [name for name, field in kind.model_fields.items() if field.annotation is int]
    for word, count in itertools.product(words, counts):
        for said, number in itertools.product(fields[word], fields[count]):
            made.append(kind(**{**full, word: said, count: number}))
    return made


def _plain(kind: Any, name: str, number: int) -> list[Any]:
    if kind is bool:
        return [False, True]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)
    if kind is int:
        return [1000, 1, 0]
    if kind is float:
        return [0.95, 0.0]
    if kind is Decimal:
        if name.startswith("kilograms"):
            return [Decimal("399.95")]
        return [Decimal("1000.25"), Decimal("-179.95")]
    if kind is date:
        return [FAR]
    if kind is datetime:
        return [NOW]
    if kind is UUID:
        return [PERSON if name == "person_id" else uuid5(SPACE, f"{name}{number}")]
    if kind is Money:
        return [Money(minor=125_000_000)]
    if kind is str and name == "records":
        return list(MEASURES)
    if kind is str:
        said = _STRINGS.get(name, "x" * 40)
        return [f"{said[:-2]}{chr(65 + number)}{said[-1:]}" if number else said]
    raise TypeError(f"no longest value is known of a {kind}, as {name} has it")


def longest_people(count: int, gyms: Sequence[tuple[UUID, str]], language: str, role: str) -> list[dict[str, Any]]:
    """People of one phone, as `Candidate` has them, of these gyms in turn."""
    return [
        {
            "tenant_id": gyms[number % len(gyms)][0],
            "gym_name": gyms[number % len(gyms)][1],
            "gym_slug": "g" * 40,
            "person_id": uuid5(SPACE, f"person{number}"),
            "name": f"{chr(65 + number)}{NAME[1:]}",
            "language": language,
            "roles": [role],
        }
        for number in range(count)
    ]
