"""People who work in a gym and have a login, for the tests that need somebody signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pp_core.client.local import LocalClient
from pp_core.identity.operations import SignedIn, SignIn
from pp_core.kernel.call import Anonymous, BearerToken
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import AcceptInvitation, InviteStaff
from tests.conftest import Gym, new_phone

PASSWORD = "kahawa-tamu-9-vikombe"
OTHER_PASSWORD = "mvua za masika 7 milimani"


@dataclass(frozen=True)
class Staff:
    """Somebody who works in a gym and has a login."""

    gym: Gym
    person_id: UUID
    phone: str
    email: str

    @property
    def anonymous(self) -> LocalClient:
        return self.gym.acting(Anonymous())

    async def sign_in(self, password: str = PASSWORD, **more: Any) -> SignedIn:
        return await self.anonymous.run(SignIn(identifier=self.phone, password=password, **more))

    def holding(self, signed_in: SignedIn) -> LocalClient:
        """The client of a device that signed in."""
        return self.gym.acting(BearerToken(signed_in.access_token), Door.REST)


async def hire(gym: Gym, *roles: Role, name: str = "Njeri Mwangi", phone: str | None = None) -> Staff:
    """Invite somebody and accept for them."""
    phone = phone or new_phone()
    email = f"{phone[1:]}@example.com"
    sent = await gym.operator.run(InviteStaff(name=name, phone=phone, email=email, roles=list(roles) or [Role.TRAINER]))
    assert sent.invitation is not None
    await gym.acting(Anonymous()).run(AcceptInvitation(invitation=sent.invitation, password=PASSWORD))
    return Staff(gym, sent.person_id, phone, email)
