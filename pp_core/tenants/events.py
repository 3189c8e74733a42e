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


class StaffInvited(Event):
    """A person was asked to work here; the code is on its way to their phone."""

    name: ClassVar = "tenants.staff.invited"

    person_id: UUID


class StaffJoined(Event):
    """A person accepted their invitation: they have a login now."""

    name: ClassVar = "tenants.staff.joined"

    person_id: UUID


class RolesChanged(Event):
    """A person is something else in the gym from now on."""

    name: ClassVar = "tenants.person.roles_changed"

    person_id: UUID
