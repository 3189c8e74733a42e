"""Statements about the tiles that activities passed through."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

# What was judged a cheat counts for nobody, nor does what was too fast for its sport until somebody judged it honest: it may
# be a ride that was told as a run.
_COUNTS = (
    " NOT EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = a.tenant_id AND f.activity_id = a.id"
    " AND (f.verdict = 'cheat' OR (f.verdict IS NULL AND f.sort = 'impossible_speed')))"
)
_OF_PERSON = sql(
    "SELECT a.id, a.started_at, a.tiles FROM activities a WHERE a.tenant_id = %(tenant_id)s AND a.person_id = %(person_id)s"
    " AND a.tiles <> '{}' AND (%(sport)s::text IS NULL OR a.sport = %(sport)s)"
    f" AND {_COUNTS} ORDER BY a.started_at, a.id"
)
_NEW = sql(
    "WITH this AS (SELECT id, person_id, started_at, tiles FROM activities a"
    f" WHERE a.tenant_id = %(tenant_id)s AND a.id = %(activity_id)s AND {_COUNTS})"
    " SELECT CASE WHEN NOT EXISTS (SELECT FROM this WHERE tiles IS NULL) THEN count(*) END"
    " FROM (SELECT unnest(tiles) FROM this EXCEPT"
    " SELECT unnest(a.tiles) FROM activities a, this WHERE a.tenant_id = %(tenant_id)s AND a.person_id = this.person_id"
    "    AND (a.started_at, a.id) < (this.started_at, this.id) AND a.tiles && this.tiles"
    f"   AND {_COUNTS}) AS found"
)
_UNTILED = sql("SELECT tenant_id, id FROM pp_untiled_activities(%(limit)s)")
_SET = sql(
    "UPDATE activities SET tiles = %(tiles)s::int4[] WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
    " AND tiles IS NULL AND sealed_at IS NOT DISTINCT FROM %(sealed_at)s"
)


async def tiles_of(tx: Transaction, tenant_id: UUID, person_id: UUID, sport: str | None) -> Rows:
    """The activities of a person that passed through tiles, the earliest first (id, started_at, tiles)."""
    return await tx.all(_OF_PERSON, tenant_id=tenant_id, person_id=person_id, sport=sport)


async def new_tiles(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> int | None:
    """How many tiles an activity passed through that none of its person's had before it; None while nobody worked them out."""
    found: int | None = await tx.value(_NEW, tenant_id=tenant_id, activity_id=activity_id)
    return found


async def untiled(tx: Transaction, limit: int) -> Rows:
    """Summarised activities of all gyms whose tiles nobody worked out yet, the newest first (tenant_id, id)."""
    return await tx.all(_UNTILED, limit=limit)


async def set_tiles(
    tx: Transaction, tenant_id: UUID, activity_id: UUID, *, tiles: Sequence[int], sealed_at: datetime | None
) -> None:
    """Store the tiles of an activity, unless it was summarised anew since `sealed_at`: then they came with that."""
    await tx.run(_SET, tenant_id=tenant_id, activity_id=activity_id, tiles=list(tiles), sealed_at=sealed_at)
