"""Statements about channels, and who is behind an address or a phone."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tenants.models import Channel

_OF_GYM = sql(
    select(Channel.id, Channel.kind_of.label("kind"), Channel.address, Channel.created_at)
    .where(Channel.tenant_id == bindparam("tenant_id"))
    .order_by(Channel.kind_of, Channel.address)
)
_INSERT = sql(
    insert(Channel)
    .values({name: bindparam(name) for name in ("tenant_id", "id", "kind", "address", "created_at")})
    .on_conflict_do_nothing()
    .returning(Channel.id)
)
_DELETE = sql(
    delete(Channel)
    .where(Channel.tenant_id == bindparam("tenant_id"), Channel.id == bindparam("id"))
    .returning(Channel.kind_of.label("kind"), Channel.address)
)
_GYM = sql(
    "SELECT tenant_id, name, slug, language, currency, features, status FROM pp_channel_gym(%(channel)s, %(address)s)"
)
_CALLED = sql("SELECT tenant_id, name, slug, language, currency, features, status FROM pp_gyms_called(%(words)s)")
_BEHIND = sql(
    "SELECT g.tenant_id AS own_gym, g.name AS own_name, g.slug AS own_slug, g.language AS own_language,"
    " g.currency AS own_currency, g.features AS own_features, g.status AS own_status,"
    " p.tenant_id, p.gym_name, p.gym_slug, p.person_id, p.name, p.language, p.roles"
    " FROM (SELECT) AS one LEFT JOIN pp_channel_gym(%(channel)s, %(address)s) AS g ON true"
    " LEFT JOIN LATERAL pp_people_by_phone(%(phone)s, g.tenant_id) WITH ORDINALITY"
    " AS p (tenant_id, gym_name, gym_slug, person_id, name, language, roles, place) ON true ORDER BY p.place"
)


async def of_gym(tx: Transaction, tenant_id: UUID) -> Rows:
    """All channels of the gym, by kind and address."""
    return await tx.all(_OF_GYM, tenant_id=tenant_id)


async def insert_channel(tx: Transaction, **values: Any) -> bool:
    """Store a channel; False when its address leads somewhere already."""
    return await tx.maybe(_INSERT, **values) is not None


async def delete_channel(tx: Transaction, tenant_id: UUID, channel_id: UUID) -> Any | None:
    """Take a channel of the gym away and return its kind and address; None when there is none."""
    return await tx.maybe(_DELETE, tenant_id=tenant_id, id=channel_id)


async def gym_of_channel(tx: Transaction, *, channel: str, address: str) -> Any | None:
    """The gym whose own the address is; None for a shared one."""
    return await tx.maybe(_GYM, channel=channel, address=address)


async def gyms_called(tx: Transaction, words: str) -> Rows:
    """The working gyms of that slug or name, whatever its case, the one of the slug first: at most three."""
    return await tx.all(_CALLED, words=words)


async def behind(tx: Transaction, *, channel: str, address: str, phone: str) -> Rows:
    """Whose phone it is, at most twenty people: of the gym whose own the address is, or for a shared one of all gyms.

    Each row tells that gym in `own_*`, nulls when there is none. A single row without a `person_id` is nobody.
    """
    return await tx.all(_BEHIND, channel=channel, address=address, phone=phone)
