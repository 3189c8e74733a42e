"""Onboarding a gym, and its branches."""

from pp_core.kernel.context import PlatformContext, TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Role
from pp_core.tenants import events
from pp_core.tenants.operations.gyms import (
    AddBranch,
    BranchExists,
    BranchList,
    BranchRow,
    GetGym,
    GymList,
    GymOnboarded,
    GymRow,
    ListBranches,
    ListGyms,
    OnboardGym,
    SetGymStatus,
    SlugTaken,
)
from pp_core.tenants.queries import gyms, people
from pp_core.tenants.rules import member_code

from .invitations import invite, shown_to


@handles(OnboardGym)
async def onboard_gym(ctx: PlatformContext, op: OnboardGym) -> GymOnboarded:
    """Make the gym, let every context put in what it needs, and invite the administrator."""
    gym_id, branch_id, admin_id = new_id(), new_id(), new_id()
    await ctx.tx.set_tenant(gym_id)
    stored = await gyms.insert_gym(
        ctx.tx,
        tenant_id=gym_id,
        name=op.name,
        slug=op.slug,
        timezone=op.timezone,
        country=op.country,
        currency=op.currency,
    )
    if not stored:
        raise SlugTaken(slug=op.slug)
    gym = await ctx.enter_gym(gym_id)
    await gyms.insert_branch(
        gym.tx, tenant_id=gym_id, id=branch_id, name=op.branch, city=op.city, country=op.country, timezone=op.timezone
    )
    number = await people.take_codes(gym.tx, gym_id, 1)
    await people.insert_people(
        gym.tx,
        [
            {
                "tenant_id": gym_id,
                "id": admin_id,
                "user_id": None,
                "branch_id": branch_id,
                "name": op.admin_name,
                "phone": op.admin_phone,
                "email": op.admin_email,
                "code": member_code(number),
                "language": "en",
                "roles": [Role.GYM_ADMIN.value],
                "joined_on": gym.today,
            }
        ],
    )
    for set_up in ctx.ports.gym_setups:
        await set_up(gym)
    invitation = await invite(gym, admin_id, op.admin_phone)
    gym.emit(events.GymOnboarded(gym_id=gym_id))
    ctx.touched("gym", gym_id, slug=op.slug)
    return GymOnboarded(
        gym_id=gym_id,
        slug=op.slug,
        name=op.name,
        branch_id=branch_id,
        admin_id=admin_id,
        invitation=shown_to(ctx, invitation),
    )


@handles(ListGyms)
async def list_gyms(ctx: PlatformContext, op: ListGyms) -> GymList:
    """All gyms, by slug."""
    rows = await gyms.gyms(ctx.tx, op.cursor, op.limit + 1)
    items = [GymRow(**row._asdict()) for row in rows[: op.limit]]
    return GymList(items=items, next=items[-1].slug if len(rows) > op.limit else None)


@handles(SetGymStatus)
async def set_gym_status(ctx: PlatformContext, op: SetGymStatus) -> Done:
    """Suspend or resume."""
    gym = await ctx.enter_gym(op.gym_id)
    await gyms.set_status(gym.tx, op.gym_id, op.status)
    ctx.touched("gym", op.gym_id)
    return Done()


@handles(GetGym)
async def get_gym(ctx: TenantContext, op: GetGym) -> GymRow:
    """The gym acted in."""
    row = await gyms.gym(ctx.tx, ctx.tenant_id)
    if row is None:
        raise NotFound(what="gym")
    return GymRow(
        gym_id=row.gym_id,
        slug=row.slug,
        name=row.name,
        status=row.status,
        timezone=row.timezone,
        created_at=row.created_at,
    )


@handles(ListBranches)
async def list_branches(ctx: TenantContext, op: ListBranches) -> BranchList:
    """All branches."""
    return BranchList(items=[BranchRow(**row._asdict()) for row in await gyms.branches(ctx.tx, ctx.tenant_id)])


@handles(AddBranch)
async def add_branch(ctx: TenantContext, op: AddBranch) -> BranchRow:
    """A further branch."""
    row = BranchRow(id=new_id(), name=op.name, city=op.city, country=op.country, timezone=op.timezone)
    if not await gyms.insert_branch(ctx.tx, tenant_id=ctx.tenant_id, **row.model_dump()):
        raise BranchExists(name=op.name)
    ctx.touched("branch", row.id)
    return row
