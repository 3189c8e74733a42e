"""The public REST addresses, a module for each context."""

from pp_api.routing import Binding

from . import (
    analytics,
    audit,
    health,
    identity,
    memberships,
    notifications,
    people,
    places,
    tenants,
    tracking,
    wellbeing,
    workouts,
)


def bindings() -> list[Binding]:
    """Every operation that has an address."""
    contexts = (
        identity,
        tenants,
        people,
        memberships,
        workouts,
        places,  # before what ends in an id: /activities/search is no activity
        tracking,
        wellbeing,
        analytics,
        notifications,
        health,
        audit,
    )
    return [binding for context in contexts for binding in context.routes.bindings]
