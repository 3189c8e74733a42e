"""What of somebody's body their zones and energy are worked out from."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.tenants.operations import PersonUnknown

LOWEST_MAX, HIGHEST_MAX = 100, 230
"""Beats a minute that somebody's maximum may be."""


class Sex(StrEnum):
    """As the published formulas for energy tell them apart."""

    FEMALE = "female"
    MALE = "male"


class AthleteProfile(Result):
    """What is known of somebody, and the maximum heart rate that their zones are counted from."""

    max_heart_rate: int | None = Field(description="As they told it, beats a minute")
    birth_year: int | None
    sex: Sex | None
    counted_from: int | None = Field(description="What they told, else 208 - 0.7 x age (Tanaka 2001); null: no zones")


class ShowAthlete(Operation[AthleteProfile]):
    """Show what your heart-rate zones and energy are worked out from."""

    policy: ClassVar = Policy(
        name="tracking.show_athlete", scope=Scope.TENANT, permission=Permission.ACTIVITY_READ_OWN, reads_only=True
    )
    errors: ClassVar = (PersonUnknown,)


class SetAthlete(Operation[AthleteProfile]):
    """Say what your heart-rate zones and energy are to be worked out from; what is left out is not known from then on."""

    policy: ClassVar = Policy(
        name="tracking.set_athlete", scope=Scope.TENANT, permission=Permission.ACTIVITY_RECORD_OWN
    )
    errors: ClassVar = (PersonUnknown,)

    max_heart_rate: int | None = Field(
        default=None, ge=LOWEST_MAX, le=HIGHEST_MAX, description="Your highest heart rate, beats a minute"
    )
    birth_year: int | None = Field(default=None, ge=1900, le=2199, description="The year you were born")
    sex: Sex | None = Field(default=None, description="For energy worked out from the heart rate")
