"""The public REST addresses, a module for each context."""

from pp_api.routing import Binding

from . import analytics, audit, identity, memberships, notifications, people, tenants, workouts


def bindings() -> list[Binding]:
    """Every operation that has an address."""
    contexts = (identity, tenants, people, memberships, workouts, analytics, notifications, audit)
    return [binding for context in contexts for binding in context.routes.bindings]
