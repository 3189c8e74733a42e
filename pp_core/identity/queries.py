"""Every SQL statement of logins. The transaction acts as the user whose rows they touch (`Context.act_as_user`)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.identity.models import Lockout, OneTimeCode, RefreshToken, User, UserSession
from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_LOGIN = sql("SELECT user_id, password_hash, status, language FROM pp_login(%(login)s)")
_MY_GYMS = sql("SELECT tenant_id, slug, name, person_id, person_name, roles FROM pp_my_gyms()")
_REFRESH_HOLDER = sql("SELECT pp_refresh_holder(%(digest)s)")

_MINE = User.user_id == bindparam("of_user")
_PROFILE = select(
    User.user_id, User.email, User.phone, User.email_verified_at, User.phone_verified_at, User.password_hash, User.status,
    User.super_admin, User.language,
).where(_MINE)  # fmt: skip
_USER = sql(_PROFILE)
_HOLD_USER = sql(_PROFILE.with_for_update())
_INSERT_USER = sql(
    insert(User)
    .values(
        {
            name: bindparam(name)
            for name in ("user_id", "email", "phone", "phone_verified_at", "password_hash", "language", "created_at")
        }
    )
    .on_conflict_do_nothing()
    .returning(User.user_id)
)
_SET_PASSWORD = sql(update(User).where(_MINE).values(password_hash=bindparam("hashed")))
_UPGRADE_HASH = sql(
    update(User).where(_MINE, User.password_hash == bindparam("old")).values(password_hash=bindparam("hashed"))
)
_SET_LANGUAGE = sql(update(User).where(_MINE).values(language=bindparam("new_language")))
_SET_SUPER_ADMIN = sql(update(User).where(_MINE).values(super_admin=bindparam("granted")))
_PHONE_VERIFIED = sql(
    update(User).where(_MINE, User.phone == bindparam("proved")).values(phone_verified_at=bindparam("at"))
)

_COUNTED = Lockout.user_id == bindparam("of_user")
# The update changes nothing but locks the row: guesses at one login are taken one after the other.
_HOLD_LOCKOUT = sql(
    insert(Lockout)
    .values(user_id=bindparam("user_id"))
    .on_conflict_do_update(index_elements=[Lockout.user_id], set_={"failures": Lockout.failures})
    .returning(Lockout.failures, Lockout.locked_until)
)
_COUNT_FAILURE = sql(
    update(Lockout).where(_COUNTED).values(failures=bindparam("count"), locked_until=bindparam("until"))
)
_END_LOCKOUT = sql(delete(Lockout).where(_COUNTED).returning(Lockout.locked_until))

_SESSION_COLUMNS = (
    UserSession.id, UserSession.device, UserSession.ip, UserSession.authenticated_at, UserSession.last_seen_at,
    UserSession.revoked_at,
)  # fmt: skip
_OF_USER = UserSession.user_id == bindparam("of_user")
_OPEN = UserSession.revoked_at.is_(None)
_REVOKE: dict[str, Any] = {"revoked_at": bindparam("at"), "revoked_for": bindparam("reason")}
_INSERT_SESSION = sql(
    insert(UserSession).values(
        {
            name: bindparam(name)
            for name in ("user_id", "id", "device", "ip", "authenticated_at", "last_seen_at", "created_at")
        }
    )
)
_SESSIONS = sql(
    select(*_SESSION_COLUMNS)
    .where(_OF_USER, _OPEN, UserSession.last_seen_at > bindparam("seen_after"))
    .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
)
_HOLD_SESSION = sql(select(*_SESSION_COLUMNS).where(_OF_USER, UserSession.id == bindparam("id")).with_for_update())
_SEEN = sql(
    update(UserSession)
    .where(_OF_USER, UserSession.id == bindparam("session"))
    .values(last_seen_at=bindparam("at"), ip=bindparam("from_ip"))
)
_REVOKE_ONE = sql(update(UserSession).where(_OF_USER, UserSession.id == bindparam("session"), _OPEN).values(_REVOKE))
_REVOKE_ALL = sql(
    update(UserSession).where(_OF_USER, _OPEN, UserSession.id.is_distinct_from(bindparam("keeping"))).values(_REVOKE)
)

_INSERT_TOKEN = sql(
    insert(RefreshToken).values(
        {name: bindparam(name) for name in ("digest", "user_id", "session_id", "tenant_id", "expires_at", "created_at")}
    )
)
# The row's lock decides a race: the second of two finds `used_at` set.
_USE_TOKEN = sql(
    update(RefreshToken)
    .where(
        RefreshToken.digest == bindparam("of_digest"),
        RefreshToken.user_id == bindparam("of_user"),
        RefreshToken.used_at.is_(None),
        RefreshToken.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(RefreshToken.session_id, RefreshToken.tenant_id)
)
_TOKEN = sql(
    select(RefreshToken.session_id, RefreshToken.used_at).where(
        RefreshToken.digest == bindparam("of_digest"), RefreshToken.user_id == bindparam("of_user")
    )
)
_DROP_TOKENS = sql(
    delete(RefreshToken).where(
        RefreshToken.user_id == bindparam("of_user"), RefreshToken.expires_at < bindparam("before")
    )
)

_CODES = (OneTimeCode.user_id == bindparam("of_user"), OneTimeCode.purpose == bindparam("of_purpose"))
_INSERT_CODE = sql(
    insert(OneTimeCode).values(
        {name: bindparam(name) for name in ("user_id", "id", "purpose", "target", "digest", "expires_at", "created_at")}
    )
)
_CODE_TIMES = sql(
    select(OneTimeCode.created_at)
    .where(*_CODES, OneTimeCode.created_at > bindparam("after"))
    .order_by(OneTimeCode.created_at.desc())
)
_DROP_CODES = sql(delete(OneTimeCode).where(*_CODES, OneTimeCode.created_at <= bindparam("before")))
_VOID_CODES = sql(update(OneTimeCode).where(*_CODES, OneTimeCode.used_at.is_(None)).values(used_at=bindparam("at")))
_TRY_CODE = sql(
    update(OneTimeCode)
    .where(
        *_CODES,
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > bindparam("now"),
        OneTimeCode.attempts < bindparam("most"),
    )
    .values(attempts=OneTimeCode.attempts + literal_column("1"))
    .returning(OneTimeCode.id, OneTimeCode.digest, OneTimeCode.target)
)


async def login(tx: Transaction, name: str) -> Any | None:
    """Id, password hash, status and language of the login with this e-mail or phone, seen past row-level security."""
    return await tx.maybe(_LOGIN, login=name)


async def my_gyms(tx: Transaction) -> Rows:
    """The gyms in which the acting user is an active person, by name."""
    return await tx.all(_MY_GYMS)


async def user(tx: Transaction, user_id: UUID) -> Any | None:
    """The acting user's own row."""
    return await tx.maybe(_USER, of_user=user_id)


async def hold_user(tx: Transaction, user_id: UUID) -> Any | None:
    """The same, locked until the transaction ends."""
    return await tx.maybe(_HOLD_USER, of_user=user_id)


async def insert_user(tx: Transaction, **values: Any) -> bool:
    """Store a login; False when its e-mail or phone is another's."""
    return await tx.maybe(_INSERT_USER, **values) is not None


async def set_password(tx: Transaction, user_id: UUID, hashed: str) -> None:
    """Replace the password's hash."""
    await tx.run(_SET_PASSWORD, of_user=user_id, hashed=hashed)


async def upgrade_hash(tx: Transaction, user_id: UUID, *, old: str, hashed: str) -> None:
    """Replace an older kind of hash, unless the password was changed meanwhile."""
    await tx.run(_UPGRADE_HASH, of_user=user_id, old=old, hashed=hashed)


async def set_language(tx: Transaction, user_id: UUID, language: str) -> None:
    """Store the language of the login's texts."""
    await tx.run(_SET_LANGUAGE, of_user=user_id, new_language=language)


async def set_super_admin(tx: Transaction, user_id: UUID, granted: bool) -> None:
    """Store whether the login runs the platform."""
    await tx.run(_SET_SUPER_ADMIN, of_user=user_id, granted=granted)


async def mark_phone_verified(tx: Transaction, user_id: UUID, phone: str, at: datetime) -> bool:
    """Store that the phone is theirs; False when it is not the login's phone any more."""
    return await tx.run(_PHONE_VERIFIED, of_user=user_id, proved=phone, at=at) == 1


async def hold_lockout(tx: Transaction, user_id: UUID) -> Any:
    """Wrong passwords in a row and until when locked; the row stays locked until the transaction ends."""
    return await tx.one(_HOLD_LOCKOUT, user_id=user_id)


async def count_failure(tx: Transaction, user_id: UUID, *, count: int, until: datetime | None) -> None:
    """Store how many wrong passwords there were, and until when that locks."""
    await tx.run(_COUNT_FAILURE, of_user=user_id, count=count, until=until)


async def end_lockout(tx: Transaction, user_id: UUID) -> datetime | None:
    """Forget wrong passwords; returns until when they had locked the login."""
    until: datetime | None = await tx.value(_END_LOCKOUT, of_user=user_id)
    return until


async def insert_session(tx: Transaction, **values: Any) -> None:
    """Store a device that signed in."""
    await tx.run(_INSERT_SESSION, **values)


async def sessions(tx: Transaction, user_id: UUID, *, seen_after: datetime) -> Rows:
    """Devices that are signed in, last seen first."""
    return await tx.all(_SESSIONS, of_user=user_id, seen_after=seen_after)


async def hold_session(tx: Transaction, user_id: UUID, session_id: UUID) -> Any | None:
    """One session, revoked or not, locked until the transaction ends."""
    return await tx.maybe(_HOLD_SESSION, of_user=user_id, id=session_id)


async def mark_seen(tx: Transaction, user_id: UUID, session_id: UUID, *, at: datetime, ip: str | None) -> None:
    """Store when and from where a session was last refreshed."""
    await tx.run(_SEEN, of_user=user_id, session=session_id, at=at, from_ip=ip)


async def revoke_session(tx: Transaction, user_id: UUID, session_id: UUID, *, at: datetime, reason: str) -> bool:
    """End a session and its tokens; False when it had ended or is not the user's."""
    return await tx.run(_REVOKE_ONE, of_user=user_id, session=session_id, at=at, reason=reason) == 1


async def revoke_sessions(
    tx: Transaction, user_id: UUID, *, at: datetime, reason: str, keeping: UUID | None = None
) -> int:
    """End all sessions but `keeping`; returns how many."""
    return await tx.run(_REVOKE_ALL, of_user=user_id, at=at, reason=reason, keeping=keeping)


async def refresh_holder(tx: Transaction, digest: str) -> UUID | None:
    """Whose refresh token it is, seen past row-level security."""
    holder: UUID | None = await tx.value(_REFRESH_HOLDER, digest=digest)
    return holder


async def insert_refresh_token(tx: Transaction, **values: Any) -> None:
    """Store a refresh token by its digest."""
    await tx.run(_INSERT_TOKEN, **values)


async def use_refresh_token(tx: Transaction, user_id: UUID, digest: str, now: datetime) -> Any | None:
    """Spend a token: its session and gym; None when it was spent before or has expired."""
    return await tx.maybe(_USE_TOKEN, of_user=user_id, of_digest=digest, now=now)


async def refresh_token(tx: Transaction, user_id: UUID, digest: str) -> Any:
    """A token's session, and when it was spent."""
    return await tx.one(_TOKEN, of_user=user_id, of_digest=digest)


async def drop_refresh_tokens(tx: Transaction, user_id: UUID, *, before: datetime) -> None:
    """Delete the user's tokens that ended before then."""
    await tx.run(_DROP_TOKENS, of_user=user_id, before=before)


async def insert_code(tx: Transaction, **values: Any) -> None:
    """Store a one-time code by its digest."""
    await tx.run(_INSERT_CODE, **values)


async def code_times(tx: Transaction, user_id: UUID, purpose: str, *, after: datetime) -> list[datetime]:
    """When codes for this purpose were made since then, latest first."""
    return [row.created_at for row in await tx.all(_CODE_TIMES, of_user=user_id, of_purpose=purpose, after=after)]


async def drop_codes(tx: Transaction, user_id: UUID, purpose: str, *, before: datetime) -> None:
    """Delete the user's codes made before then."""
    await tx.run(_DROP_CODES, of_user=user_id, of_purpose=purpose, before=before)


async def void_codes(tx: Transaction, user_id: UUID, purpose: str, *, at: datetime) -> None:
    """Let no code of this purpose be used any more."""
    await tx.run(_VOID_CODES, of_user=user_id, of_purpose=purpose, at=at)


async def try_code(tx: Transaction, user_id: UUID, purpose: str, *, now: datetime, most: int) -> Any | None:
    """Count an attempt at the active code and return it; None when there is none, or its attempts are used up."""
    return await tx.maybe(_TRY_CODE, of_user=user_id, of_purpose=purpose, now=now, most=most)
