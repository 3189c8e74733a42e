"""Binding: exactly one handler for each operation, subscribers for events, checked when they are bound."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from .context import Context, PlatformContext, PublicContext, SystemContext, TenantContext, UserContext
from .events import Event
from .operation import Operation
from .policy import Scope

CONTEXT_OF: dict[Scope, type[Context]] = {
    Scope.PUBLIC: PublicContext,
    Scope.USER: UserContext,
    Scope.TENANT: TenantContext,
    Scope.PLATFORM: PlatformContext,
    Scope.SYSTEM: SystemContext,
}

Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)
_handlers: dict[type[Operation[Any]], Handler] = {}


def handles(operation: type[Operation[Any]]) -> Callable[[H], H]:
    """Bind an async function `(ctx, op) -> result` to its operation; TypeError when the types do not fit."""

    def bind(handler: H) -> H:
        context, request = _parameters(handler, 2)
        expected = CONTEXT_OF[operation.policy.scope]
        if context is not expected:
            raise TypeError(f"{handler.__name__} takes {context!r}; {operation.__name__} gives a {expected.__name__}.")
        if request is not operation:
            raise TypeError(f"{handler.__name__} takes {request!r}, not {operation.__name__}.")
        returned = get_type_hints(handler).get("return")
        if returned is not operation.result:
            raise TypeError(f"{handler.__name__} returns {returned!r}, not {operation.result!r}.")
        if operation in _handlers:
            raise TypeError(f"{operation.__name__} is already handled by {_handlers[operation].__qualname__}.")
        _handlers[operation] = handler
        return handler

    return bind


def handler_of(operation: type[Operation[Any]]) -> Handler:
    """The bound handler; KeyError when none is (the catalogue's test keeps that from happening)."""
    return _handlers[operation]


class TryLater(Exception):  # noqa: N818 - no error of ours: the world is busy
    """A subscriber could not do its work yet and wants the event again; nothing is broken on our side."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Someone who reacts to an event. `outside` ones run with no transaction open and may call adapters."""

    name: str
    event: type[Event]
    react: Handler
    outside: bool


_subscribers: dict[str, list[Subscriber]] = {}


def on(event: type[Event]) -> Callable[[H], H]:
    """Run `(ctx: TenantContext | SystemContext, event)` in a transaction that also records the delivery: once, exactly."""
    return _subscribe(event, outside=False)


def on_outside(event: type[Event]) -> Callable[[H], H]:
    """Run `(work: Delivery, event)` with no transaction open, at least once; it opens short ones around its calls."""
    return _subscribe(event, outside=True)


def subscribers_of(name: str) -> list[Subscriber]:
    """Who reacts to the event with this routing key."""
    return _subscribers.get(name, [])


def _subscribe(event: type[Event], *, outside: bool) -> Callable[[H], H]:
    def bind(react: H) -> H:
        _, fact = _parameters(react, 2)
        if fact is not event:
            raise TypeError(f"{react.__name__} takes {fact!r}, not {event.__name__}.")
        name = f"{react.__module__}.{react.__qualname__}"
        known = _subscribers.setdefault(event.name, [])
        if any(subscriber.name == name for subscriber in known):
            raise TypeError(f"{name} is already subscribed to {event.name}.")
        known.append(Subscriber(name=name, event=event, react=react, outside=outside))
        return react

    return bind


def _parameters(function: Handler, count: int) -> list[Any]:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__} must be an async function.")
    names = list(inspect.signature(function).parameters)
    hints = get_type_hints(function)
    if len(names) != count or any(name not in hints for name in names):
        raise TypeError(f"{function.__name__} must take {count} annotated parameters.")
    return [hints[name] for name in names]
