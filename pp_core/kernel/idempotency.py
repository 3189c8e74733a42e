"""Idempotency keys: the same request under the same key acts once and is answered the same."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from .db.tables import TenantTable, created_at
from .ids import digest_id

KEPT_DAYS = 8  # a day longer than a refresh token lives, so that a client that was offline for a week still replays


class IdempotencyKey(TenantTable):
    """A claimed key. `id` is a digest of who claimed it and the key; `answer` is what to replay."""

    __tablename__ = "idempotency_keys"

    operation: Mapped[str]
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = created_at()


def key_id(actor: str, key: str) -> UUID:
    """The row id of `key` as claimed by `actor`: two people may use the same key."""
    return digest_id("idempotency", actor, key)


def fingerprint(request: str) -> str:
    """A digest of the request's JSON, by which a key used for something else is noticed."""
    return hashlib.sha256(request.encode()).hexdigest()
