"""The operation: a frozen request that names its result and carries its policy."""

from base64 import b64decode, b64encode
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    WrapSerializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .errors import Problem
from .policy import Policy, Scope


class Result(BaseModel):
    """What a handler returns: frozen, and refused when a field is missing or unknown."""

    # What a handler filled in wrongly may be personal, and the message ends up in the log.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float", hide_input_in_errors=True)


R = TypeVar("R", bound=BaseModel)


_ASTERISKS = "********"


def _reveals(info: SerializationInfo) -> bool:
    return bool(info.context and info.context.get("reveal"))


def _reveal(value: SecretStr, info: SerializationInfo) -> str:
    return value.get_secret_value() if _reveals(info) else _ASTERISKS


Secret = Annotated[SecretStr, PlainSerializer(_reveal, return_type=str)]
"""A value that only the wire to our own server may carry: logs and the audit trail show asterisks."""


def _from_base64(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise PydanticCustomError("not_base64", "Bytes are written in base64") from None


def _as_base64(value: bytes) -> str:
    return b64encode(value).decode()


def _withheld(value: bytes, info: SerializationInfo) -> Any:
    if _reveals(info):
        return _as_base64(value)
    return {"size": len(value), "sha256": sha256(value).hexdigest()}


_IN_JSON = WithJsonSchema({"type": "string", "contentEncoding": "base64"})
Content = Annotated[bytes, BeforeValidator(_from_base64), PlainSerializer(_as_base64), _IN_JSON]
"""Bytes of an answer; in JSON as base64 (RFC 4648)."""
Upload = Annotated[bytes, BeforeValidator(_from_base64), PlainSerializer(_withheld), _IN_JSON]
"""Bytes of a request, likewise; logs and the audit trail tell their size and digest instead."""


def _withhold(value: Any, serialise: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
    return serialise(value) if _reveals(info) else _ASTERISKS


UNRECORDED = WrapSerializer(_withhold)
"""Marks a field of an operation (`Annotated[float, UNRECORDED]`) that the audit trail keeps as asterisks, as it does a `Secret`:
where somebody was is theirs, and whoever reads the trail is not them."""

_by_name: dict[str, "type[Operation[Any]]"] = {}


class Operation(BaseModel, Generic[R]):
    """Base of every operation. A subclass without docstring, policy or result type fails to import."""

    # What was given is left out of pydantic's messages: it may be a password, and messages end up in logs.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    policy: ClassVar[Policy]
    errors: ClassVar[tuple[type[Problem], ...]] = ()
    result: ClassVar[type[BaseModel]]

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        # PostgreSQL stores every character but this one.
        if cls.policy.database and _holds_nul(data):
            raise PydanticCustomError("nul_character", "Text holds the character NUL, which cannot be kept")
        return data

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__pydantic_generic_metadata__["origin"] is not None:
            return  # Operation[SomeResult] itself, not an operation
        results = [
            base.__pydantic_generic_metadata__["args"][0]
            for base in cls.__mro__
            if issubclass(base, Operation) and base.__pydantic_generic_metadata__["origin"] is Operation
        ]
        if not results or isinstance(results[0], TypeVar):
            raise TypeError(f"{cls.__name__} names no result: write `class {cls.__name__}(Operation[SomeResult])`.")
        cls.result = results[0]
        _check(cls)
        _by_name[cls.policy.name] = cls


def _holds_nul(data: Any) -> bool:
    waiting = [data]  # not by recursion: a caller decides how deep it is
    while waiting:
        each = waiting.pop()
        if isinstance(each, SecretStr):
            each = each.get_secret_value()
        if isinstance(each, str):
            if "\0" in each:
                return True
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend(each)
    return False


def _check(cls: type[Operation[Any]]) -> None:
    policy = cls.__dict__.get("policy")
    if not isinstance(policy, Policy):
        raise TypeError(f"{cls.__name__} declares no policy.")
    if not cls.__dict__.get("__doc__"):
        raise TypeError(f"{cls.__name__} has no docstring; it becomes the help of every door.")
    other = _by_name.get(policy.name)
    if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        raise TypeError(f"{cls.__name__}: the name {policy.name} is already {other.__name__}'s.")
    if policy.scope is Scope.TENANT and policy.permission is None:
        raise TypeError(f"{cls.__name__} is of a gym and names no permission.")
    if policy.scope is not Scope.TENANT and policy.permission is not None:
        raise TypeError(f"{cls.__name__} names a permission but is not of a gym.")
    for name, field in cls.model_fields.items():
        if not field.description:
            raise TypeError(f"{cls.__name__}.{name} has no description; it feeds help, OpenAPI and docs.")
        if _unbounded_time(field.annotation) and not field.metadata:
            raise TypeError(f"{cls.__name__}.{name} takes any year; write `Day` or `Moment` of kernel.clock.")


def _unbounded_time(annotation: Any) -> bool:
    return annotation in (date, datetime) or any(part in (date, datetime) for part in get_args(annotation))


def upload_of(operation: type[Operation[Any]]) -> str | None:
    """The field of an operation that is a file, None where it takes none."""
    return next(
        (
            name
            for name, field in operation.model_fields.items()
            if any(isinstance(each, PlainSerializer) and each.func is _withheld for each in field.metadata)
        ),
        None,
    )


def operation_named(name: str) -> "type[Operation[Any]] | None":
    """The imported operation of that policy name; `runtime.catalog` imports them all."""
    return _by_name.get(name)


def operations() -> "dict[str, type[Operation[Any]]]":
    """All imported operations by policy name."""
    return dict(sorted(_by_name.items()))


class Done(Result):
    """The answer of an operation that has nothing to tell but that it happened."""

    done: bool = True
