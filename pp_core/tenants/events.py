"""Facts about gyms and their people."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class GymOnboarded(Event):
    """A gym was made."""

    name: ClassVar = "tenants.gym.onboarded"

    gym_id: UUID


class MemberAdded(Event):
    """A person became a member."""

    name: ClassVar = "tenants.member.added"

    person_id: UUID


class PersonLeft(Event):
    """A person is not a member (or of the staff) any more."""

    name: ClassVar = "tenants.person.left"

    person_id: UUID
