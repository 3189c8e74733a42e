"""One-time codes: six digits by text, good for ten minutes and five attempts, one at a time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from pp_core.identity import queries
from pp_core.identity.operations import CodeInvalid, ContactMissing, RequestVerification, VerifyContact
from pp_core.kernel import crypto
from pp_core.kernel.context import Context, UserContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.locale import text
from pp_core.kernel.operation import Done

PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password
VERIFY_PHONE = "verify_phone"
GOOD_FOR = timedelta(minutes=10)
ATTEMPTS = 5
APART = timedelta(minutes=1)
A_DAY = 10  # codes a day: nobody's phone rings all night, and 50 guesses a day take decades


@handles(RequestVerification)
async def request_verification(ctx: UserContext, op: RequestVerification) -> Done:
    """A code to the login's own phone."""
    user = await queries.hold_user(ctx.tx, ctx.user_id)
    assert user is not None  # the pipeline found its session
    if user.phone is None:
        raise ContactMissing(contact=op.contact)
    ctx.touched("user", ctx.user_id)
    await send_code(ctx, user, VERIFY_PHONE)
    return Done()


@handles(VerifyContact)
async def verify_contact(ctx: UserContext, op: VerifyContact) -> Done:
    """The code came back, so the phone is theirs."""
    ctx.touched("user", ctx.user_id)
    proved = await spend_code(ctx, ctx.user_id, VERIFY_PHONE, op.code)
    if not await queries.mark_phone_verified(ctx.tx, ctx.user_id, proved, ctx.now):
        raise CodeInvalid
    return Done()


async def send_code(ctx: Context, user: Any, purpose: str) -> None:
    """Text a new code to the phone of `user` (a held row); the one before it ends.

    Does nothing within a minute of the one before, and after ten in a day: the answer must not tell.
    """
    yesterday = ctx.now - timedelta(days=1)
    made = await queries.code_times(ctx.tx, user.user_id, purpose, after=yesterday)
    if made and (ctx.now - made[0] < APART or len(made) >= A_DAY):
        return
    await queries.drop_codes(ctx.tx, user.user_id, purpose, before=yesterday)
    await queries.void_codes(ctx.tx, user.user_id, purpose, at=ctx.now)
    code = crypto.new_code()
    await queries.insert_code(
        ctx.tx,
        user_id=user.user_id,
        id=new_id(),
        purpose=purpose,
        target=user.phone,
        digest=_digest(user.user_id, purpose, code),
        expires_at=ctx.now + GOOD_FOR,
        created_at=ctx.now,
    )
    words = text(f"identity.code.{purpose}", user.language, code=code, minutes=int(GOOD_FOR.total_seconds()) // 60)
    await ctx.ports.queue_text(ctx, to=user.phone, text=words, purpose="code", secret=True)


async def spend_code(ctx: Context, user_id: UUID, purpose: str, code: SecretStr) -> str:
    """Use the active code up and return the phone it went to; `CodeInvalid`, with the attempt counted, otherwise."""
    active = await queries.try_code(ctx.tx, user_id, purpose, now=ctx.now, most=ATTEMPTS)
    digits = "".join(char for char in code.get_secret_value() if not char.isspace())
    given = _digest(user_id, purpose, digits)
    if active is None or not crypto.same(active.digest, given):
        raise CodeInvalid
    await queries.void_codes(ctx.tx, user_id, purpose, at=ctx.now)
    return str(active.target)


def _digest(user_id: UUID, purpose: str, code: str) -> str:
    return crypto.digest(f"{user_id}:{purpose}:{code}")
