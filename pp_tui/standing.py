"""Who is at the screen, in which gym, and how the way to the core is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pp_core.kernel.policy import Permission
from pp_tui.link import State

if TYPE_CHECKING:
    from pp_core.identity.operations import GymSummary


@dataclass(frozen=True, slots=True)
class Standing:
    """What every screen shows in its top line, and what decides which keys it offers."""

    state: State = State.CONNECTING
    reached: bool = False  # the core was found, though it may have been asked nothing so far
    waiting: int = 0  # check-ins that have no answer yet
    gym: str | None = None  # its slug
    gym_name: str = ""
    person_name: str = ""
    permissions: frozenset[str] = frozenset()
    timezone: str = ""  # of the gym; known when its day was shown

    @property
    def zone(self) -> str:
        """The time zone to tell days and times in, before the gym's is known as well."""
        from pp_core.kernel.clock import NAIROBI

        return self.timezone or NAIROBI

    def may(self, permission: Permission) -> bool:
        """Whether whoever is signed in has this permission; the core decides all the same."""
        return permission.value in self.permissions


def works_at(gym: "GymSummary") -> bool:
    """Whether this gym's desk shows its people anything: a member's login has no business there."""
    return Permission.VISIT_READ.value in gym.permissions
