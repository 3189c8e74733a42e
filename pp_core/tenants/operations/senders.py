"""Finding who a phone belongs to, for the text doors."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Policy, Rate, Scope


class Candidate(Result):
    """A person that a phone belongs to, in one gym."""

    tenant_id: UUID
    gym_name: str
    gym_slug: str
    person_id: UUID
    name: str
    language: str


class Candidates(Result):
    """Everybody a phone belongs to behind one address: nobody, one, or a family and two gyms."""

    items: list[Candidate]


class FindSender(Operation[Candidates]):
    """Find whose phone it is, among the gym the address belongs to, or all gyms for a shared one."""

    policy: ClassVar = Policy(
        name="tenants.find_sender", scope=Scope.SYSTEM, reads_only=True, rate=Rate.INTERNAL, audited=False
    )

    channel: Literal["sms", "ussd", "telegram"] = Field(description="What sort of channel")
    address: str = Field(max_length=40, description="The short code, service code or bot written to")
    phone: str = Field(max_length=20, description="The sender in E.164")
