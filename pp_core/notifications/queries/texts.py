"""Statements on texts that come in, and on the conversations they belong to."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.notifications.models import IncomingText

_KEPT_COLUMNS = (
    "id", "channel", "gateway_id", "sender", "address", "text", "sort", "message_ref", "about_ref", "sender_name",
    "language", "session", "link_id", "sent_at", "received_at",
)  # fmt: skip
_KEEP = sql(
    insert(IncomingText)
    .values({name: bindparam(name) for name in _KEPT_COLUMNS})
    .on_conflict_do_nothing()
    .returning(IncomingText.id)
)
_KEPT = sql(
    select(IncomingText.id).where(
        IncomingText.channel == bindparam("channel"), IncomingText.gateway_id == bindparam("gateway_id")
    )
)
_TEXT = sql(
    select(
        IncomingText.id.label("text_id"), IncomingText.channel, IncomingText.gateway_id, IncomingText.sender,
        IncomingText.address, IncomingText.text, IncomingText.sort, IncomingText.message_ref, IncomingText.about_ref,
        IncomingText.sender_name, IncomingText.language, IncomingText.session, IncomingText.link_id,
        IncomingText.received_at, IncomingText.state, IncomingText.reply,
        IncomingText.answered_at.is_not(None).label("answered"),
    ).where(IncomingText.id == bindparam("text_id"))
)  # fmt: skip
_UNDERSTOOD = sql(
    select(
        IncomingText.text, IncomingText.intent, IncomingText.understood, IncomingText.confidence, IncomingText.flow,
        IncomingText.reply,
    ).where(IncomingText.channel == bindparam("channel"), IncomingText.gateway_id == bindparam("gateway_id"))
)  # fmt: skip
# One statement for a whole taking: it is in every turn, and each round trip costs more than the rows. The conversation is
# locked before the text, here and in the answering: two at one text cannot wait for each other.
_TAKE = sql(
    """
    WITH held AS (
      INSERT INTO conversations AS kept (id, channel, address, party, holder, held_until, updated_at)
      SELECT %(id)s, t.channel, t.address, t.sender, t.id, %(until)s, %(at)s FROM incoming_texts t
       WHERE t.id = %(text_id)s AND t.answered_at IS NULL
         AND (t.channel = 'ussd' OR NOT EXISTS (
               SELECT FROM incoming_texts earlier
                WHERE earlier.channel = t.channel AND earlier.sender = t.sender AND earlier.address = t.address
                  AND earlier.received_at > %(waited_since)s AND earlier.id < t.id AND earlier.answered_at IS NULL))
          ON CONFLICT (channel, address, party) DO UPDATE SET holder = excluded.holder,
             held_until = CASE WHEN kept.held_until > %(at)s AND kept.holder = excluded.holder THEN kept.held_until
                               ELSE excluded.held_until END
       WHERE kept.holder IS NULL OR kept.held_until <= %(at)s OR (kept.holder = excluded.holder AND %(over)s)
      RETURNING state, version
    )
    UPDATE incoming_texts t SET state = coalesce(t.state, held.state),
           state_version = coalesce(t.state_version, held.version)
      FROM held WHERE t.id = %(text_id)s AND t.answered_at IS NULL
    RETURNING t.id AS text_id, t.channel, t.gateway_id, t.sender, t.address, t.text, t.sort, t.message_ref, t.about_ref,
              t.sender_name, t.language, t.session, t.link_id, t.received_at, t.state, t.reply, false AS answered,
              CASE WHEN CASE t.sort WHEN 'edit' THEN t.message_ref ELSE t.about_ref END IS NOT NULL THEN (
                SELECT m.made FROM incoming_texts m
                 WHERE m.channel = t.channel AND m.sender = t.sender AND m.address = t.address
                   AND m.made IS NOT NULL AND m.id <> t.id
                   AND CASE t.sort WHEN 'edit' THEN t.message_ref ELSE t.about_ref END IN (m.message_ref, m.reply_ref)
                 ORDER BY m.id DESC LIMIT 1) END AS about,
              t.channel = 'sms' AND EXISTS (
                -- Machines fold spaces and letters, and put words of their own around ours.
                SELECT FROM incoming_texts r,
                       lateral (SELECT lower(regexp_replace(btrim(t.text), '\\s+', ' ', 'g')) AS words) AS heard,
                       lateral (SELECT lower(regexp_replace(btrim(r.reply), '\\s+', ' ', 'g')) AS words) AS said
                 WHERE r.channel = 'sms' AND r.sender = t.sender AND r.received_at > %(echo_since)s
                   AND r.reply IS NOT NULL
                   AND (heard.words = said.words
                        OR (length(said.words) >= 20 AND strpos(heard.words, said.words) > 0))) AS echo
    """
)
_RELEASE = sql(
    "UPDATE conversations SET holder = NULL"
    " WHERE channel = %(channel)s AND address = %(address)s AND party = %(party)s AND holder = %(text_id)s"
)
# A conversation that has moved on since the text was first taken up keeps where it went. What is not said to somebody who
# is not answered any more is no question that waits.
_ANSWER = sql(
    """
    WITH said AS (
      SELECT t.channel, t.sender, t.address, t.received_at FROM incoming_texts t WHERE t.id = %(text_id)s
    ), conversation AS MATERIALIZED (
      SELECT c.id FROM said JOIN conversations c
          ON c.channel = said.channel AND c.address = said.address AND c.party = said.sender
         FOR UPDATE OF c
    ), agreed AS (
      SELECT coalesce(max(u.received_at), %(since)s) AS at FROM said JOIN incoming_texts u
          ON u.channel = said.channel AND u.sender = said.sender AND u.received_at > %(since)s AND u.understood
    ), recent AS (
      SELECT said.channel <> 'ussd' AND (
               (NOT %(understood)s AND count(r.id) FILTER (WHERE NOT r.understood AND r.received_at > agreed.at)
                 + (said.received_at > %(since)s)::int > %(most_unread)s)
               OR count(r.id) + (said.received_at > %(since)s)::int > %(most)s) AS silent
        FROM said CROSS JOIN agreed LEFT JOIN incoming_texts r ON r.channel = said.channel AND r.sender = said.sender
         AND r.received_at > %(since)s AND r.answered_at IS NOT NULL AND said.channel <> 'ussd'
       GROUP BY said.channel, said.received_at
    ), answered AS (
      UPDATE incoming_texts t SET answered_at = %(at)s, intent = %(intent)s, flow = %(flow)s, confidence = %(confidence)s,
             understood = %(understood)s, tenant_id = %(tenant_id)s, person_id = %(person_id)s, made = %(made)s,
             state = NULL, reply = CASE WHEN recent.silent THEN NULL ELSE nullif(%(reply)s::text, '') END
        FROM recent, (SELECT count(*) FROM conversation) AS locked
       WHERE t.id = %(text_id)s AND t.answered_at IS NULL
      RETURNING t.channel, t.sender, t.address, t.text, t.link_id, t.received_at, t.state_version, t.reply,
                CASE WHEN recent.silent AND %(reply)s::text <> '' THEN NULL ELSE %(state)s::jsonb END AS state
    ), saved AS (
      UPDATE conversations c SET version = c.version + 1, updated_at = %(at)s,
             state = CASE WHEN c.version = answered.state_version THEN coalesce(answered.state, c.state) ELSE c.state END,
             holder = CASE WHEN c.holder = %(text_id)s THEN NULL ELSE c.holder END
        FROM answered
       WHERE c.channel = answered.channel AND c.address = answered.address AND c.party = answered.sender
    )
    SELECT channel, sender, address, text, link_id, received_at, reply FROM answered
    """
)
_REPLY_REF = sql("UPDATE incoming_texts SET reply_ref = %(ref)s WHERE id = %(text_id)s")
_WORD = sql(
    "UPDATE incoming_texts SET text = %(text)s WHERE channel = %(channel)s AND gateway_id = %(gateway_id)s"
    " AND answered_at IS NULL RETURNING id"
)
_PICK_UP = sql(
    "UPDATE incoming_texts SET picked_up_at = %(at)s WHERE channel = 'ussd' AND answered_at IS NULL AND picked_up_at IS NULL"
    " AND received_at BETWEEN %(since)s AND %(until)s RETURNING id"
)
_CLAIM_FOLLOW_UP = sql(
    "UPDATE incoming_texts SET followed_up_at = %(at)s WHERE id = %(text_id)s AND channel = 'ussd'"
    " AND followed_up_at IS NULL RETURNING sender, tenant_id, person_id"
)


async def keep_text(tx: Transaction, **values: Any) -> bool:
    """Store a text; False when the gateway had delivered it before."""
    return await tx.maybe(_KEEP, **values) is not None


async def kept_text(tx: Transaction, channel: str, gateway_id: str) -> UUID:
    """The id under which the gateway's text is kept."""
    found: UUID = await tx.value(_KEPT, channel=channel, gateway_id=gateway_id)
    return found


async def word(tx: Transaction, channel: str, gateway_id: str, text: str) -> UUID | None:
    """Put words to a text that waits for them; its id, None when it was answered before."""
    found: UUID | None = await tx.value(_WORD, channel=channel, gateway_id=gateway_id, text=text)
    return found


async def text(tx: Transaction, text_id: UUID) -> Any | None:
    """A kept text."""
    return await tx.maybe(_TEXT, text_id=text_id)


async def understood(tx: Transaction, channel: str, gateway_id: str) -> Any | None:
    """How a text was understood, by the gateway's id."""
    return await tx.maybe(_UNDERSTOOD, channel=channel, gateway_id=gateway_id)


async def take(tx: Transaction, **values: Any) -> Any | None:
    """Let the text hold its conversation, and return it with where that stood when the text was first taken up.

    None when there is no such text, it was answered, or another holds the conversation or comes first.
    """
    return await tx.maybe(_TAKE, **values)


async def release(tx: Transaction, row: Any) -> None:
    """Let the next text into the conversation, where this one still holds it."""
    await tx.run(_RELEASE, channel=row.channel, address=row.address, party=row.sender, text_id=row.text_id)


async def answer(tx: Transaction, **values: Any) -> Any | None:
    """Mark a text as answered, store where its conversation stands now, and return it; None when it was answered before.

    `reply` of the row is None where nothing is said: more than `most_unread` texts of the phone that nobody understood came one
    after another, or more than `most` in all, and were answered since `since`.
    """
    return await tx.maybe(_ANSWER, **values)


async def keep_reply_ref(tx: Transaction, text_id: UUID, ref: str) -> None:
    """Keep the channel's id of the message that answered the text, by which replies to it are known."""
    await tx.run(_REPLY_REF, text_id=text_id, ref=ref)


async def pick_up(tx: Transaction, *, since: Any, until: Any, at: Any) -> list[UUID]:
    """Mark the USSD turns received between the two moments and not answered, each once, and return them."""
    return [row.id for row in await tx.all(_PICK_UP, since=since, until=until, at=at)]


async def claim_follow_up(tx: Transaction, text_id: UUID, *, at: Any) -> Any | None:
    """Mark a turn as followed up by text and return whose it was; None when it was before."""
    return await tx.maybe(_CLAIM_FOLLOW_UP, text_id=text_id, at=at)
