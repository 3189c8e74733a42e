"""Topics are declared like operations, or fail to import; events are told by their subject when a topic follows them."""

from typing import Any, ClassVar

import pytest

from pp_core.kernel.events import Event
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.watching import Topic, subject_told, topic_named, topics
from pp_core.memberships.events import MembershipCancelled, VisitRecorded
from pp_core.memberships.operations import WatchVisits

VISITS = (VisitRecorded.name,)


def policy(name: str = "test.watch", **more: Any) -> Policy:
    asked = {"scope": Scope.TENANT, "permission": Permission.VISIT_READ, "reads_only": True}
    return Policy(name=name, **{**asked, **more})


WRONG: dict[str, dict[str, Any]] = {
    "no policy": {"events": VISITS},
    "no docstring": {"policy": policy(), "events": VISITS, "__doc__": None},
    "already ListVisits": {"policy": policy("memberships.list_visits"), "events": VISITS},
    "already WatchVisits": {"policy": policy("memberships.watch_visits"), "events": VISITS},
    "must be of a gym": {"policy": policy(scope=Scope.USER, permission=None), "events": VISITS},
    "everybody's rows": {"policy": policy(own_permission=Permission.VISIT_RECORD_OWN), "events": VISITS},
    "reads only": {"policy": policy(reads_only=False), "events": VISITS},
    "has fields": {"policy": policy(), "events": VISITS, "__annotations__": {"day": str}},
    "fed by no event": {"policy": policy()},
    "no imported event": {"policy": policy(), "events": ("memberships.nothing",)},
    "names its subject": {"policy": policy(), "events": (MembershipCancelled.name,)},
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_topic_fails_to_import(said: str) -> None:
    members = {"__doc__": "Follow something.", "__module__": __name__, **WRONG[said]}
    for name in ("policy", "events"):
        if name in members:
            members["__annotations__"] = {**members.get("__annotations__", {}), name: ClassVar}
    with pytest.raises(TypeError, match=said):
        type("Wrong", (Topic,), members)
    assert topic_named("test.watch") is None


def test_a_subject_is_a_field() -> None:
    with pytest.raises(TypeError, match="no field nothing"):

        class Odd(Event):
            """Something happened."""

            name: ClassVar = "test.odd"
            subject: ClassVar = "nothing"


def test_topics_are_found_by_name() -> None:
    assert topic_named("memberships.watch_visits") is topics()["memberships.watch_visits"] is WatchVisits


def test_only_what_is_followed_is_told() -> None:
    visit = VisitRecorded(visit_id=new_id(), person_id=new_id(), branch_id=None, day="2026-11-21")  # type: ignore[arg-type]
    assert subject_told(visit) == visit.visit_id
    assert subject_told(MembershipCancelled(membership_id=new_id(), person_id=new_id())) is None
