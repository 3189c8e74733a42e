"""The only ways to get at a person: who is not visible to the caller does not exist for them."""

from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.phone import e164
from pp_core.kernel.policy import Permission
from pp_core.tenants.operations import PersonUnknown
from pp_core.tenants.queries import gyms, people


async def access_person(ctx: TenantContext, member: str | None, *, to: Permission) -> Any:
    """The person in full that `member` (id, member code or phone) names; without it the caller.

    With the permission `to` that is anybody of the gym, without it only the caller: `PersonUnknown` otherwise.
    """
    return await _access(ctx, member, to, people.by_id, people.by_word)


async def access_brief(ctx: TenantContext, member: str | None, *, to: Permission) -> Any:
    """The same with id, name, code, branch and language only: one narrow row for the hot paths."""
    return await _access(ctx, member, to, people.brief_by_id, people.brief_by_word)


async def access_branch(ctx: TenantContext, branch_id: UUID) -> Any:
    """A branch of the gym; `NotFound` when there is none."""
    row = await gyms.branch(ctx.tx, ctx.tenant_id, branch_id)
    if row is None:
        raise NotFound(what="branch")
    return row


async def _access(ctx: TenantContext, member: str | None, to: Permission, by_id: Any, by_word: Any) -> Any:
    person_id = ctx.person_id if member is None else _as_id(member)
    if member is None and person_id is None:
        raise PersonUnknown(member="")
    if person_id is not None:
        row = await by_id(ctx.tx, ctx.tenant_id, person_id)
    else:
        assert member is not None
        found = await by_word(ctx.tx, ctx.tenant_id, member.upper(), _as_phone(member))
        row = found[0] if len(found) == 1 else None
    if row is None or (row.id != ctx.person_id and not ctx.may(to)):
        raise PersonUnknown(member=member or "")
    return row


def _as_id(member: str) -> UUID | None:
    try:
        return UUID(member)
    except ValueError:
        return None


def _as_phone(member: str) -> str | None:
    try:
        return e164(member)
    except ValueError:
        return None
