"""Examples for the documentation, made from the models themselves; a test reads each of them back.

A field is shown with what people in Kenya would put there, found by its name, and by its type where the name says nothing.
"""

import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, SecretStr

from pp_core.kernel.operation import Operation

_ID = "019a9f3c-7a10-7c3e-9f52-3b1d6c0a4e21"
_BY_NAME: Mapping[str, Any] = {
    "actor": "user:019a9f3c-7a10-7c3e-9f52-3b1d6c0a4e21",
    "actor_kind": "user",
    "address": "22384",
    "admin_email": "wambui@kilimani.example",
    "admin_name": "Wambui Kamau",
    "admin_phone": "+254722000111",
    "aliases": ["back squat"],
    "branch": "Kilimani",
    "average_speed": 3.13,
    "canonical": "squat 5x5 100",
    "category": "strength",
    "city": "Nairobi",
    "confidence": 0.98,
    "correlation_id": "019a9f3c7a107c3e9f523b1d6c0a4e21",
    "country": "KE",
    "currency": "KES",
    "cursor": None,
    "device": "Amina's phone",
    "distance_m": 5024.0,
    "door": "rest",
    "elapsed_s": 1684,
    "elevation_gain_m": 42.0,
    "email": "amina@example.com",
    "equipment": "barbell",
    "exercise": "Squat",
    "expires_in": 900,
    "gym": "kilimani",
    "gym_name": "Kilimani Strength",
    "heart_rate": 152,
    "heart_rate_avg": 152,
    "identifier": "+254712345678",
    "intent": "log_workout",
    "ip": "197.136.1.20",
    "invitation": None,
    "joined_on": "2026-11-21",
    "kind": "sms",
    "kilograms": 82.4,
    "language": "sw",
    "lat": -1.2921,
    "limit": 20,
    "lon": 36.8219,
    "line": 2,
    "measure": "5km",
    "measured_at": "2026-11-21T06:30:00Z",
    "member": "M00042",
    "moving_s": 1605,
    "name": "Amina Wanjiru",
    "name_en": "Squat",
    "name_sw": "Skwoti",
    "next": None,
    "operation": "workouts.log",
    "outcome": "done",
    "override_reason": None,
    "performed_at": "2026-11-21T18:30:00Z",
    "person_name": "Amina Wanjiru",
    "person_code": "M00042",
    "phone": "+254712345678",
    "pin": "4829",
    "current_pin": "7305",
    "plan": "MONTHLY",
    "plan_code": "MONTHLY",
    "plan_name": "Monthly",
    "primary_muscles": ["quadriceps"],
    "secondary_muscles": ["glutes"],
    "position": 1,
    "purpose": "reply",
    "query": "otieno bri",
    "recipient": "+254712345678",
    "resource": "workout",
    "records": ["5km"],
    "roles": ["TRAINER"],
    "permissions": ["workout:log"],
    "route": "rj{F{wv_FwwG?",
    "rpe": 8,
    "search": "amina",
    "seconds": None,
    "sender": "+254712345678",
    "slug": "kilimani",
    "status": "active",
    "sport": "run",
    "text": "squat 5x5 100",
    "texts": ["squat 5x5 100", "benchi 3x8 kilo 60"],
    "tier": "standard",
    "timezone": "Africa/Nairobi",
    "token_type": "Bearer",
    "value": 100,
    "weight_kg": 100,
}
# Where a name means something else in one model.
_BY_MODEL: Mapping[tuple[str, str], Any] = {
    ("AddExercise", "name_en"): "Zercher Squat",
    ("AttendanceReport", "gym"): "Kilimani Strength",
    ("BranchRow", "name"): "Kilimani",
    ("AddBranch", "name"): "Kilimani",
    ("CreatePlan", "code"): "MONTHLY",
    ("CreatePlan", "name"): "Monthly",
    ("DoorCode", "branch_name"): "Kilimani",
    ("DoorCode", "code"): "4829",
    ("CorrectWorkout", "text"): "3x8",
    ("ExerciseRow", "name"): "Squat",
    ("ExerciseRow", "slug"): "squat",
    ("GymOnboarded", "name"): "Kilimani Strength",
    ("GymRow", "name"): "Kilimani Strength",
    ("GymSummary", "name"): "Kilimani Strength",
    ("ImportActivities", "name"): "morning-run.gpx",
    ("MemberRow", "code"): "M00042",
    ("MemberRow", "roles"): ["CLIENT"],
    ("MessageRow", "status"): "delivered",
    ("OnboardGym", "name"): "Kilimani Strength",
    ("ParseWeight", "text"): "uzito wangu ni kilo 82",
    ("Plan", "code"): "MONTHLY",
    ("Plan", "name"): "Monthly",
    ("RetirePlan", "code"): "MONTHLY",
    ("SendMessage", "text"): "Tutaonana kesho saa kumi na mbili asubuhi.",
    ("SetGymStatus", "status"): "suspended",
}


def example_of(model: type[BaseModel], *, only: tuple[str, ...] | None = None) -> dict[str, Any]:
    """An example of `model` as JSON values. Of an operation, only what has to be said and what is usually said."""
    shown: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if only is not None and name not in only:
            continue
        value = _value(model, name, field.annotation)
        if issubclass(model, Operation) and not field.is_required() and (value is None or not _usual(model, name)):
            continue
        shown[name] = value
    return shown


def _usual(model: type[BaseModel], name: str) -> bool:
    return name in _BY_NAME or any((each.__name__, name) in _BY_MODEL for each in model.__mro__)


def answer_example(model: type[BaseModel]) -> dict[str, Any]:
    """An example of a result, spelled the way answers spell it."""
    return model.model_validate(example_of(model)).model_dump(mode="json")


def field_example(model: type[BaseModel], name: str) -> Any:
    """An example of one field."""
    return _value(model, name, model.model_fields[name].annotation)


def _value(model: type[BaseModel], name: str, annotation: Any) -> Any:
    for each in model.__mro__:
        if (each.__name__, name) in _BY_MODEL:
            return _BY_MODEL[each.__name__, name]
    if name in _BY_NAME and _fits(_BY_NAME[name], annotation):
        return _BY_NAME[name]
    return _by_type(name, annotation)


def _fits(value: Any, annotation: Any) -> bool:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return True


def _by_type(name: str, annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _by_type(name, arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        if str in arguments and types.NoneType in arguments:
            return None
        return _by_type(name, next(part for part in arguments if part is not types.NoneType))
    if origin in (list, tuple, frozenset):
        return [_by_type(name, arguments[0])]
    if origin is dict:
        return {}
    return _by_class(name, annotation)


def _by_class(name: str, kind: Any) -> Any:
    if kind is AwareDatetime:
        return "2026-11-21T18:30:00Z"
    if not isinstance(kind, type):
        return None
    if issubclass(kind, BaseModel):
        return example_of(kind)
    if issubclass(kind, Enum):
        return next(iter(kind)).value
    for base, value in _BY_CLASS:
        if issubclass(kind, base):
            return value
    return name


_BY_CLASS: tuple[tuple[type, Any], ...] = (
    (bytes, "PGdweC8+"),
    (SecretStr, "correct horse battery staple"),
    (UUID, _ID),
    (datetime, "2026-11-21T18:30:00Z"),
    (date, "2026-11-21"),
    (bool, True),
    (int, 5),
    (Decimal, "100"),
    (float, 0.98),
)
