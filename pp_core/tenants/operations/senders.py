"""Strangers and members behind a phone, for the text doors: who wrote, to which gym, and joining it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pp_core.kernel.errors import NotFound
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.phone import Phone
from pp_core.kernel.policy import Policy, Rate, Scope
from pp_core.kernel.validation import Line

from .channels import ChannelKind


class GymBrief(Result):
    """What a conversation needs to know of a gym before anybody in it is known."""

    tenant_id: UUID
    name: str
    slug: str
    language: str = Field(description="The gym's own: en or sw")
    currency: str = Field(description="ISO 4217")
    text_doors: bool = Field(description="Whether its subscription includes the text doors")
    suspended: bool = Field(description="Reading works there, writing does not")


class Candidate(Result):
    """A person that a phone belongs to, in one gym."""

    tenant_id: UUID
    gym_name: str
    gym_slug: str
    person_id: UUID
    name: str
    language: str
    roles: list[str]


class Candidates(Result):
    """Everybody a phone belongs to behind one address: nobody, one, or a family and two gyms; twenty at most."""

    gym: GymBrief | None = Field(description="The gym whose own the address is; null for a shared one")
    items: list[Candidate]


class FindSender(Operation[Candidates]):
    """Find whose phone it is, among the gym the address belongs to, or all gyms for a shared one."""

    policy: ClassVar = Policy(
        name="tenants.find_sender", scope=Scope.SYSTEM, reads_only=True, rate=Rate.INTERNAL, audited=False
    )

    channel: ChannelKind = Field(description="What sort of channel")
    address: str = Field(max_length=40, description="The short code, service code or bot written to")
    phone: str = Field(max_length=20, description="The sender in E.164")


class FindGym(Operation[GymBrief]):
    """Find the one gym of that slug or exact name, whatever its case; a suspended one is not found."""

    policy: ClassVar = Policy(
        name="tenants.find_gym", scope=Scope.SYSTEM, reads_only=True, rate=Rate.INTERNAL, audited=False
    )
    errors: ClassVar = (NotFound,)

    words: str = Field(min_length=1, max_length=80, description="Slug or name of the gym")


def _named(name: str) -> str:
    if not any(char.isalpha() for char in name):
        raise PydanticCustomError("person_name", "a name has letters; write first and last name")
    return name


class Joined(Result):
    """Somebody is a member."""

    person_id: UUID
    code: str = Field(description="Member code, such as M00042")
    name: str = Field(description="As it was kept")
    gym_name: str
    repeated: bool = Field(description="They were a member already")


class JoinGym(Operation[Joined]):
    """Make whoever writes from this phone a member of the gym, with their consent; a member of that name stays as they are."""

    policy: ClassVar = Policy(name="tenants.join_gym", scope=Scope.SYSTEM, rate=Rate.INTERNAL)
    errors: ClassVar = (NotFound,)

    tenant_id: UUID = Field(description="The gym")
    phone: Phone = Field(description="Their phone, which the gateway vouches for")
    name: Annotated[Line, AfterValidator(_named)] = Field(min_length=2, max_length=80, description="Name")
    language: Literal["en", "sw"] = Field(description="Language of their texts: en or sw")
    wording: str = Field(
        min_length=1, max_length=1000, description="The consent's text that they were shown and agreed to"
    )
    channel: ChannelKind = Field(description="Where they agreed")
