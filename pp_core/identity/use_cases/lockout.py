"""Proving a password: wrong ones are counted and lock, whether the login exists or not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from pp_core.identity import events, queries
from pp_core.identity.operations import AccountLocked, CredentialsWrong
from pp_core.identity.rules import LONGEST, normalised, stranger
from pp_core.kernel.context import Context

FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


async def act_as_login(ctx: Context, name: str) -> tuple[UUID, Any | None]:
    """Find the active login with this e-mail or phone (`rules.read_login`) and let the transaction see its rows.

    Returns its id and row. For a name that no login has, a stranger's id and None: the caller goes on in the same steps, so
    that the answer takes as long.
    """
    found = await queries.login(ctx.tx, name)
    known = found if found is not None and found.status == "active" else None
    user_id = stranger(name) if known is None else known.user_id
    await ctx.act_as_user(user_id)
    return user_id, known


async def prove_password(ctx: Context, user_id: UUID, password: SecretStr, password_hash: str | None) -> None:
    """Return when it is the password; `CredentialsWrong` or `AccountLocked` otherwise, and for a hash of None.

    The transaction must act as the user (or stranger). Both problems keep what was written: the count.
    """
    held = await queries.hold_lockout(ctx.tx, user_id)
    _refuse_locked(ctx, held.locked_until)
    given = normalised(password.get_secret_value())
    fits = len(given) <= LONGEST
    matches, upgraded = await ctx.ports.hasher.verify(given[:LONGEST], password_hash if fits else None)
    if matches and password_hash is not None:
        await queries.end_lockout(ctx.tx, user_id)
        if upgraded is not None:
            await queries.upgrade_hash(ctx.tx, user_id, old=password_hash, hashed=upgraded)
        return
    failures = 1 if held.locked_until is not None else held.failures + 1  # a lock that has run out starts afresh
    locks = failures >= FAILURES
    await queries.count_failure(ctx.tx, user_id, count=failures, until=ctx.now + LOCKED_FOR if locks else None)
    if locks and password_hash is not None:
        ctx.emit(events.AccountLocked(user_id=user_id))
    raise CredentialsWrong


async def unlock(ctx: Context, user_id: UUID) -> None:
    """End the login's lock and forget its wrong passwords. The transaction acts as that user from here on."""
    await ctx.act_as_user(user_id)
    until = await queries.end_lockout(ctx.tx, user_id)
    if until is not None and until > ctx.now:
        ctx.emit(events.AccountUnlocked(user_id=user_id))


def _refuse_locked(ctx: Context, until: datetime | None) -> None:
    if until is not None and until > ctx.now:
        raise AccountLocked(until=until.isoformat(), minutes=-((ctx.now - until) // timedelta(minutes=1)))
