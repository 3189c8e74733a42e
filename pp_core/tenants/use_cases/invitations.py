"""Invitations: a code to a phone, with which a person of the staff makes their login."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pp_core.kernel import crypto
from pp_core.kernel.context import ActorKind, Context, TenantContext
from pp_core.kernel.ids import new_id
from pp_core.kernel.locale import text
from pp_core.tenants.queries import staff

GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and until when it is good; `code` is secret."""

    code: str
    expires_at: datetime


async def invite(ctx: TenantContext, person_id: UUID, phone: str) -> Invited:
    """Store an invitation for a person and queue the text that brings it to their phone; earlier ones end."""
    await staff.end_invitations(ctx.tx, ctx.tenant_id, person_id, at=ctx.now)
    invited = Invited(crypto.new_token("ppi_"), ctx.now + GOOD_FOR)
    await staff.insert_invitation(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=new_id(),
        person_id=person_id,
        phone=phone,
        digest=crypto.digest(invited.code),
        expires_at=invited.expires_at,
    )
    words = text("tenants.invitation", ctx.language, gym=ctx.gym_name, code=invited.code)
    await ctx.ports.queue_text(ctx, to=phone, text=words, purpose="invitation", secret=True, person_id=person_id)
    return invited


def shown_to(ctx: Context, invited: Invited) -> str | None:
    """The code for an operator, who stands beside the administrator on the first day; nobody else sees it."""
    return invited.code if ctx.actor.kind is ActorKind.OPERATOR else None
