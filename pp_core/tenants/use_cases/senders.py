"""Who wrote, to which gym, and joining it."""

import re
from typing import Any

from pp_core.kernel.context import SystemContext
from pp_core.kernel.errors import GymSuspended, NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Feature
from pp_core.tenants.operations.senders import (
    Candidate,
    Candidates,
    FindGym,
    FindSender,
    GymBrief,
    Joined,
    JoinGym,
)
from pp_core.tenants.queries import channels, gyms, people
from pp_core.tenants.rules import channel_address, same_name, tidy_name

from .members import Consenting, consent_row, insert_member


@handles(FindSender)
async def find_sender(ctx: SystemContext, op: FindSender) -> Candidates:
    """Everybody it could be."""
    return await senders(ctx, op.channel, op.address, op.phone)


async def senders(ctx: SystemContext, channel: str, address: str, phone: str) -> Candidates:
    """Whose phone it is, among the gym the address belongs to, or all gyms for a shared one."""
    rows = await channels.behind(ctx.tx, channel=channel, address=channel_address(channel, address), phone=phone)
    gym = rows[0]
    return Candidates(
        gym=None if gym.own_gym is None else GymBrief(
            tenant_id=gym.own_gym, name=gym.own_name, slug=gym.own_slug, language=gym.own_language,
            currency=gym.own_currency, text_doors=Feature.TEXT_DOORS in gym.own_features,
            suspended=gym.own_status == "suspended",
        ),
        items=[
            Candidate(
                tenant_id=row.tenant_id, gym_name=row.gym_name, gym_slug=row.gym_slug, person_id=row.person_id,
                name=row.name, language=row.language, roles=row.roles,
            )
            for row in rows
            if row.person_id is not None
        ],
    )  # fmt: skip


@handles(FindGym)
async def find_gym(ctx: SystemContext, op: FindGym) -> GymBrief:
    """The gym of that slug, else the only one of that name: between two of one name nobody guesses."""
    words = re.sub(r"\s+", " ", op.words)
    found = await channels.gyms_called(ctx.tx, words)
    if not found or (len(found) > 1 and found[0].slug != words.lower()):
        raise NotFound(what="gym")
    return _brief(found[0])


@handles(JoinGym)
async def join_gym(ctx: SystemContext, op: JoinGym) -> Joined:
    """A new member of that phone and name, or the one who is there; whoever else adds people to the gym waits."""
    gym = await ctx.enter_gym(op.tenant_id)
    facts = await gyms.gym(gym.tx, gym.tenant_id)
    assert facts is not None  # it was just entered
    if facts.status == "suspended":
        raise GymSuspended(gym=gym.gym_slug)
    gym.demand_feature(Feature.TEXT_DOORS)
    await people.take_turn(gym.tx, gym.tenant_id)
    name = tidy_name(op.name)
    agreed = Consenting(given=True, wording=op.wording, door=op.channel)
    known = [
        one
        for one in await people.with_phones(gym.tx, gym.tenant_id, [op.phone])
        if one.status == "active" and same_name(one.name, name)
    ]
    if known:
        person = await people.by_id(gym.tx, gym.tenant_id, known[0].id)
        assert person is not None  # it was just read
        if not person.consented:
            await people.insert_consents(gym.tx, [consent_row(gym, person.id, agreed)])
    else:
        person = await insert_member(gym, agreed, name=name, phone=op.phone, language=op.language)
    ctx.touched("person", person.id, gym=gym.gym_slug)
    return Joined(person_id=person.id, code=person.code, name=person.name, gym_name=gym.gym_name, repeated=bool(known))


def _brief(row: Any) -> GymBrief:
    return GymBrief(
        tenant_id=row.tenant_id,
        name=row.name,
        slug=row.slug,
        language=row.language,
        currency=row.currency,
        text_doors=Feature.TEXT_DOORS in row.features,
        suspended=row.status == "suspended",
    )
