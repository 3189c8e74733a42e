"""PINs: what the text doors ask for before anything that a stolen SIM could abuse."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.access import access_person
from pp_core.tenants.operations.staff import CheckPin, PinInvalid, PinLocked, PinUnset, PinWrong, SetPin
from pp_core.tenants.queries import staff
from pp_core.tenants.rules import is_good_pin, is_staff

FAILURES = 5
LOCKED_FOR = timedelta(hours=1)


@handles(SetPin)
async def set_pin(ctx: TenantContext, op: SetPin) -> Done:
    """One's own for the PIN until now; a member's by whoever manages members, one of the staff's by who manages those."""
    person = await access_person(ctx, op.member, to=Permission.MEMBER_MANAGE)
    ctx.touched("person", person.id)
    held = await staff.hold_pin(ctx.tx, ctx.tenant_id, person.id)
    assert held is not None  # the person was just read
    if person.id == ctx.person_id:
        if held.pin_hash is not None:
            given = None if op.current_pin is None else op.current_pin.get_secret_value()
            await _prove(ctx, person.id, held, given)
    elif is_staff(person.roles):
        ctx.demand(Permission.STAFF_MANAGE)
    pin = op.pin.get_secret_value()
    if not is_good_pin(pin, person.phone):
        raise PinInvalid
    await staff.set_pin(ctx.tx, ctx.tenant_id, person.id, await ctx.ports.hasher.hash(pin))
    return Done()


@handles(CheckPin)
async def check_pin(ctx: TenantContext, op: CheckPin) -> Done:
    """Whether it is the caller's own."""
    person = await access_person(ctx, None, to=Permission.MEMBER_READ_OWN)
    ctx.touched("person", person.id)
    held = await staff.hold_pin(ctx.tx, ctx.tenant_id, person.id)
    assert held is not None  # the person was just read
    if held.pin_hash is None:
        raise PinUnset
    await _prove(ctx, person.id, held, op.pin.get_secret_value())
    return Done()


async def verify_pin(ctx: TenantContext, person_id: UUID, pin: str) -> bool:
    """Whether it is the person's PIN. False without a PIN and while locked; the fifth wrong one in a row locks for an hour.

    It writes the count, so the caller returns normally or raises a problem that keeps changes.
    """
    held = await staff.hold_pin(ctx.tx, ctx.tenant_id, person_id)
    if held is None or held.pin_hash is None or _is_locked(ctx, held):
        return False
    return await _failures(ctx, person_id, held, pin) == 0


async def _prove(ctx: TenantContext, person_id: UUID, held: Any, pin: str | None) -> None:
    if _is_locked(ctx, held):
        raise _locked(ctx, held.pin_locked_until)
    before = 0 if held.pin_locked_until is not None else held.pin_failures
    failures = before if pin is None else await _failures(ctx, person_id, held, pin)
    if failures >= FAILURES:
        raise _locked(ctx, ctx.now + LOCKED_FOR)
    if pin is None or failures:
        raise PinWrong(left=FAILURES - failures)


async def _failures(ctx: TenantContext, person_id: UUID, held: Any, pin: str) -> int:
    """How many wrong ones in a row there are with this one, which is counted; none when it is right."""
    matches, _ = await ctx.ports.hasher.verify(pin, held.pin_hash)
    failures, until = 0, None
    if not matches:
        failures = 1 if held.pin_locked_until is not None else held.pin_failures + 1  # a lock run out starts afresh
        until = ctx.now + LOCKED_FOR if failures >= FAILURES else None
    if (failures, until) != (held.pin_failures, held.pin_locked_until):
        await staff.count_pin_failures(ctx.tx, ctx.tenant_id, person_id, count=failures, until=until)
    return failures


def _locked(ctx: TenantContext, until: datetime) -> PinLocked:
    return PinLocked(until=until.isoformat(), minutes=-((ctx.now - until) // timedelta(minutes=1)))


def _is_locked(ctx: TenantContext, held: Any) -> bool:
    return held.pin_locked_until is not None and held.pin_locked_until > ctx.now
