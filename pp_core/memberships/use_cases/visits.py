"""Coming in: the codes that prove presence, check-ins and visits."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import day_start, local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.memberships import events
from pp_core.memberships.operations.plans import LONGEST_GRACE
from pp_core.memberships.operations.sales import MemberLeft, MembershipRow
from pp_core.memberships.operations.visits import (
    CheckedIn,
    CheckIn,
    CodeLocked,
    CodeNeeded,
    CodeWrong,
    DoorCode,
    ListVisits,
    MembershipNotBegun,
    MembershipOver,
    NoMembership,
    ShowDoorCode,
    VisitPage,
    VisitRow,
)
from pp_core.memberships.queries import sales
from pp_core.memberships.queries import visits as queries
from pp_core.memberships.rules import (
    CODE_TRIES,
    DAYS_APART,
    DOOR_CODES,
    days_of_codes,
    is_same_visit,
    is_staff,
    last_good_day,
    of_the_day,
    opens_the_door,
    read_code,
)
from pp_core.tenants.public import access_branch, access_brief, access_person, branches_of, brief_by_id

from .sales import membership_of


@handles(ShowDoorCode)
async def show_door_code(ctx: TenantContext, op: ShowDoorCode) -> DoorCode:
    """Today's code of a branch, made now if nobody asked before."""
    branch = await access_branch(ctx, op.branch_id or await _own_branch(ctx))
    day = local_day(ctx.now, branch.timezone)
    code = await queries.door_code(ctx.tx, ctx.tenant_id, branch.id, day)
    if code is None:
        await queries.take_turn_with_codes(ctx.tx, ctx.tenant_id)
        code = await queries.door_code(ctx.tx, ctx.tenant_id, branch.id, day) or await _new_code(ctx, branch.id, day)
    ctx.touched("branch", branch.id, day=day.isoformat())
    return DoorCode(code=code, day=day, branch_id=branch.id, branch_name=branch.name)


@handles(CheckIn)
async def check_in(ctx: TenantContext, op: CheckIn) -> CheckedIn:
    """Record a visit of somebody who may come in, or find the one they are on."""
    if op.override_reason is not None:
        ctx.demand(Permission.VISIT_RECORD)
    person = await access_person(ctx, op.member, to=Permission.VISIT_RECORD)
    if person.status == "left":
        raise MemberLeft(name=person.name)
    if op.branch_id is not None and op.branch_id != person.branch_id:
        await access_branch(ctx, op.branch_id)
    standing = await _standing(ctx, person, ctx.now)
    if not (standing.good or standing.repeated or op.override_reason is not None):
        raise standing.refusal  # before the code: nobody walks to the desk to be refused then
    proved_at = await _prove_presence(ctx, person.id, op)
    return await _let_in(
        ctx,
        standing,
        branch_id=proved_at or op.branch_id or person.branch_id,
        door=ctx.call.door.value,
        override_reason=op.override_reason,
    )


async def come_in(ctx: TenantContext, *, person_id: UUID, branch_id: UUID, at: datetime, door: str) -> CheckedIn:
    """Record that somebody came in at a moment that is known otherwise than by a code; `MemberLeft` or `NoMembership`."""
    person = await access_person(ctx, str(person_id), to=Permission.VISIT_RECORD)
    if person.status == "left":
        raise MemberLeft(name=person.name)
    standing = await _standing(ctx, person, at)
    if not (standing.good or standing.repeated):
        raise standing.refusal
    return await _let_in(ctx, standing, branch_id=branch_id, door=door)


@handles(ListVisits)
async def list_visits(ctx: TenantContext, op: ListVisits) -> VisitPage:
    """A page of visits."""
    person_id: UUID | None = None
    if op.member is not None:
        person_id = (await access_brief(ctx, op.member, to=Permission.VISIT_READ)).id
    after = None if op.cursor is None else decode_cursor(op.cursor, date.fromisoformat, datetime.fromisoformat, UUID)
    rows = await queries.visits(ctx.tx, ctx.tenant_id, person_id=person_id, day=op.day, after=after, limit=op.limit + 1)
    items = [VisitRow(**row._asdict()) for row in rows[: op.limit]]
    more = len(rows) > op.limit
    return VisitPage(items=items, next=encode_cursor(items[-1].day, items[-1].at, items[-1].id) if more else None)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What somebody who comes in at a moment has: their last visit, and the membership that counts (`sold` is its row)."""

    person: Any
    at: datetime
    day: date
    last: Any
    sold: Any | None
    membership: MembershipRow | None

    @property
    def good(self) -> bool:
        """Whether they may in."""
        return is_staff(self.person.roles) or (self.membership is not None and opens_the_door(self.membership.status))

    @property
    def repeated(self) -> bool:
        """Whether they are on a visit already."""
        return is_same_visit(self.last.at, self.at)

    @property
    def refusal(self) -> NoMembership:
        """Why they may not."""
        return _refusal(self.person.name, self.sold, self.membership)


async def _standing(ctx: TenantContext, person: Any, at: datetime) -> _Standing:
    """What a person has at a moment; nobody else lets them in until the transaction ends."""
    await sales.take_turn(ctx.tx, person.id)
    day = local_day(at, ctx.timezone)
    last = await queries.last_visit(ctx.tx, ctx.tenant_id, person.id, day_start(day.replace(day=1), ctx.timezone))
    held = await sales.recent_memberships(ctx.tx, ctx.tenant_id, person.id, day - timedelta(days=LONGEST_GRACE))
    sold = of_the_day(held, day)
    return _Standing(person, at, day, last, sold, None if sold is None else membership_of(sold, day))


async def _let_in(
    ctx: TenantContext, standing: _Standing, *, branch_id: UUID | None, door: str, override_reason: str | None = None
) -> CheckedIn:
    """Record the visit, or find the one they are on."""
    person, last = standing.person, standing.last
    whose = {"person_id": person.id, "person_name": person.name, "person_code": person.code}
    if standing.repeated:
        seen = VisitRow(**whose, **{name: value for name, value in last._asdict().items() if name != "visits"})
        ctx.touched("visit", seen.id, repeated=True)
        return CheckedIn(visit=seen, repeated=True, membership=standing.membership, visits_this_month=last.visits)
    visit = VisitRow(
        **whose,
        id=new_id(),
        branch_id=branch_id,
        day=standing.day,
        at=standing.at,
        door=door,
        override_reason=None if standing.good else override_reason,
    )
    await queries.insert_visit(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        checked_in_by=ctx.person_id,
        **visit.model_dump(exclude={"person_name", "person_code"}),
    )
    ctx.emit(events.VisitRecorded(visit_id=visit.id, person_id=person.id, branch_id=visit.branch_id, day=visit.day))
    ctx.touched("visit", visit.id, **({} if standing.good else {"override": visit.override_reason}))
    return CheckedIn(visit=visit, repeated=False, membership=standing.membership, visits_this_month=last.visits + 1)


async def _own_branch(ctx: TenantContext) -> UUID:
    """The caller's home branch; the gym's first one for who has none."""
    me = None if ctx.person_id is None else await brief_by_id(ctx.tx, ctx.tenant_id, ctx.person_id)
    if me is not None and me.branch_id is not None:
        home: UUID = me.branch_id
        return home
    first: UUID = (await branches_of(ctx))[0].id
    return first


async def _new_code(ctx: TenantContext, branch_id: UUID, day: date) -> str:
    taken = await queries.codes_near(ctx.tx, ctx.tenant_id, day - DAYS_APART, day + DAYS_APART)
    code = secrets.choice([code for code in DOOR_CODES if code not in taken])
    await queries.insert_door_code(
        ctx.tx, tenant_id=ctx.tenant_id, id=new_id(), branch_id=branch_id, day=day, code=code
    )
    return code


async def _prove_presence(ctx: TenantContext, person_id: UUID, op: CheckIn) -> UUID | None:
    """The branch whose code was given. Who records visits needs none (then None), and theirs are not counted."""
    trusted = ctx.may(Permission.VISIT_RECORD)
    code = read_code(op.code or "")
    if trusted and not code:
        return None
    wrong = 0 if trusted else await queries.wrong_codes(ctx.tx, ctx.tenant_id, person_id, ctx.today)
    if wrong >= CODE_TRIES:
        raise CodeLocked
    if not code:
        raise CodeNeeded
    branch_id = await _branch_showing(ctx, code)
    right = branch_id is not None and op.branch_id in (None, branch_id)
    if not right and not trusted:
        wrong += 1
    tries = {"tenant_id": ctx.tenant_id, "id": new_id(), "person_id": person_id, "day": ctx.today}
    if wrong:
        await queries.set_wrong_codes(ctx.tx, **tries, wrong=0 if right else wrong)
    if right:
        return branch_id
    if wrong >= CODE_TRIES:
        raise CodeLocked
    raise CodeWrong(left=CODE_TRIES - wrong)


async def _branch_showing(ctx: TenantContext, code: str) -> UUID | None:
    """The branch where this code is good now."""
    shown = await queries.codes_like(ctx.tx, ctx.tenant_id, code, ctx.today - DAYS_APART)
    zones = {branch.id: branch.timezone for branch in await branches_of(ctx)} if shown else {}
    return next((one.branch_id for one in shown if one.day in days_of_codes(ctx.now, zones[one.branch_id])), None)


def _refusal(name: str, row: Any | None, membership: MembershipRow | None) -> NoMembership:
    if row is None or membership is None:
        return NoMembership(name=name, status=None, ended_on=None)
    sold = {"name": name, "plan": membership.plan_name, "status": membership.status}
    if membership.status == "upcoming":
        return MembershipNotBegun(**sold, ended_on=None, starts_on=row.starts_on.isoformat())
    return MembershipOver(**sold, ended_on=last_good_day(row).isoformat())
