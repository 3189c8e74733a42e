"""Ids: UUID version 7 (RFC 9562), so that keys grow with time and indexes stay dense."""

import hashlib
from uuid import UUID

from uuid_utils.compat import uuid7

PLATFORM = UUID(int=0)
"""The platform's own place among the gyms: audit rows, events and texts of requests that belong to no gym."""


def new_id() -> UUID:
    """A fresh id, monotonic within this process."""
    return uuid7()


def digest_id(*parts: str) -> UUID:
    """A UUID that is a function of `parts` alone (version 8: ours), for catalogue rows that every gym shares."""
    raw = bytearray(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(raw))


def ussd_turn_key(service_code: str, phone: str, session: str, text: str) -> str:
    """The id of one turn of a USSD session, 32 hexadecimal digits: the gateway gives none, and a repeat has the same."""
    return hashlib.sha256("|".join((service_code, phone, session, text)).encode()).hexdigest()[:32]
