"""The forms Africa's Talking posts to our callback URLs, read into facts.

Source: Africa's Talking documentation, SMS: notifications (incoming messages, delivery reports, bulk opt-out), and USSD; for the
two spellings of the date and the status `Expired`, the gateway tests of the courier project.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import phonenumbers

_REGION = "KE"  # a number without a country is Kenyan: the short codes are

_NOT_FINAL = ("Sent", "Submitted", "Buffered")
_FINAL = ("Success", "Failed", "Rejected", "Expired")
_MOST = 10_000_000  # of a currency, for one message or session: what is more is misread
_STATUS_BY_WORD = {status.lower(): status for status in (*_NOT_FINAL, *_FINAL)}


class CallbackError(ValueError):
    """A callback that cannot be read; `field` names the culprit."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class CallbackFieldMissingError(CallbackError):
    """A field the gateway always sends is not in the form."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "missing")


class CallbackFieldInvalidError(CallbackError):
    """A field is there but holds what it cannot hold."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(field, f"not understood: {value!r}")
        self.value = value


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """A text somebody sent to one of our short codes.

    `gateway_id` stays the same when the gateway repeats the callback; `link_id` is named when answering a premium
    message; `sent_at` is aware, in UTC.
    """

    gateway_id: str
    sender: str
    to: str
    text: str
    link_id: str | None
    sent_at: datetime
    network_code: str | None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message we sent, so far.

    `gateway_id` is the `messageId` the send answered with. A status we do not know is kept as it came and is not
    `final`, so that a word added by the gateway never closes a message early.
    """

    gateway_id: str
    status: str
    final: bool
    phone: str
    reason: str | None
    retry_count: int | None
    network_code: str | None

    @property
    def delivered(self) -> bool:
        """Tell whether the handset has the message."""
        return self.status == "Success"


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody told the gateway to stop bulk messages from one of our sender names."""

    sender_id: str
    phone: str


def parse_incoming(form: Mapping[str, str]) -> IncomingSms:
    """Read an incoming message (fields linkId, text, to, id, date, from, networkCode).

    Raises CallbackFieldMissingError or CallbackFieldInvalidError. An empty text is a text: people send blanks.
    """
    return IncomingSms(
        gateway_id=_required(form, "id"),
        sender=_phone(form, "from"),
        to=_required(form, "to"),
        text=_present(form, "text"),
        link_id=_optional(form, "linkId"),
        sent_at=_moment(form, "date"),
        network_code=_optional(form, "networkCode"),
    )


def parse_delivery_report(form: Mapping[str, str]) -> DeliveryReport:
    """Read a delivery report (fields id, status, phoneNumber, networkCode, retryCount, failureReason).

    Raises CallbackFieldMissingError or CallbackFieldInvalidError.
    """
    word = _required(form, "status")
    status = _STATUS_BY_WORD.get(word.lower(), word)
    return DeliveryReport(
        gateway_id=_required(form, "id"),
        status=status,
        final=status in _FINAL,
        phone=_phone(form, "phoneNumber"),
        reason=_optional(form, "failureReason"),
        retry_count=_count(form, "retryCount"),
        network_code=_optional(form, "networkCode"),
    )


def parse_opt_out(form: Mapping[str, str]) -> OptOut:
    """Read a bulk opt-out (fields senderId, phoneNumber).

    Raises CallbackFieldMissingError or CallbackFieldInvalidError.
    """
    return OptOut(sender_id=_required(form, "senderId"), phone=_phone(form, "phoneNumber"))


@dataclass(frozen=True, slots=True)
class UssdTurn:
    """One page asked for: `text` holds all inputs of the session so far, joined by `*`."""

    session: str
    phone: str
    service_code: str
    network_code: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended. `cost_minor` is in hundredths of `currency`."""

    session: str
    phone: str
    service_code: str
    network_code: str | None
    status: str
    cost_minor: int | None
    currency: str | None
    milliseconds: int | None
    hops: int | None
    reason: str | None


def parse_ussd(form: Mapping[str, str]) -> UssdTurn:
    """Read a request for a page (fields sessionId, phoneNumber, networkCode, serviceCode, text).

    Raises CallbackFieldMissingError or CallbackFieldInvalidError. `text` is empty when a phone has just dialled.
    """
    return UssdTurn(
        session=_required(form, "sessionId"),
        phone=_phone(form, "phoneNumber"),
        service_code=_required(form, "serviceCode"),
        network_code=_optional(form, "networkCode"),
        text=(form.get("text") or "").replace("\0", ""),
    )


def parse_session_end(form: Mapping[str, str]) -> SessionEnd:
    """Read the end of a session.

    Its fields are date, sessionId, serviceCode, networkCode, phoneNumber, status, cost, durationInMillis, hopsCount,
    hopsMetadata, input, lastAppResponse and errorMessage. Raises CallbackFieldMissingError or CallbackFieldInvalidError.
    """
    cost, currency = _money(form, "cost")
    return SessionEnd(
        session=_required(form, "sessionId"),
        phone=_phone(form, "phoneNumber"),
        service_code=_required(form, "serviceCode"),
        network_code=_optional(form, "networkCode"),
        status=_required(form, "status"),
        cost_minor=cost,
        currency=currency,
        milliseconds=_count(form, "durationInMillis"),
        hops=_count(form, "hopsCount"),
        reason=_optional(form, "errorMessage"),
    )


def _present(form: Mapping[str, str], field: str) -> str:
    value = form.get(field)
    if value is None:
        raise CallbackFieldMissingError(field)
    # PostgreSQL stores no NUL, and a form may carry one.
    return value.replace("\0", "")


def _required(form: Mapping[str, str], field: str) -> str:
    value = _present(form, field).strip()
    if not value:
        raise CallbackFieldMissingError(field)
    return value


def _optional(form: Mapping[str, str], field: str) -> str | None:
    value = (form.get(field) or "").replace("\0", "").strip()
    # The gateway's own client code stringifies null.
    return None if value.lower() in ("", "none", "null") else value


def _phone(form: Mapping[str, str], field: str) -> str:
    value = _required(form, field)
    # A "+" that was not escaped arrives as a blank, so a bare 254... is a number with its country.
    spelled = f"+{value}" if value.startswith("254") else value
    try:
        number = phonenumbers.parse(spelled, _REGION)
    except phonenumbers.NumberParseException:
        raise CallbackFieldInvalidError(field, value) from None
    if not phonenumbers.is_possible_number(number):
        raise CallbackFieldInvalidError(field, value)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _moment(form: Mapping[str, str], field: str) -> datetime:
    value = _required(form, field)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise CallbackFieldInvalidError(field, value) from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise CallbackFieldInvalidError(field, value) from None


def _count(form: Mapping[str, str], field: str) -> int | None:
    value = _optional(form, field)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise CallbackFieldInvalidError(field, value)
    return int(value)


def _money(form: Mapping[str, str], field: str) -> tuple[int | None, str | None]:
    """`KES 0.8000` or `0.8`: hundredths, and the currency where one is named."""
    value = _optional(form, field)
    if value is None:
        return None, None
    currency, _, amount = value.rpartition(" ")
    try:
        minor = int((_cost(amount) * 100).to_integral_value(ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        raise CallbackFieldInvalidError(field, value) from None
    return max(minor, 0), currency.strip()[:3] or "KES"


def _cost(amount: str) -> Decimal:
    cost = Decimal(amount)
    if not abs(cost) < _MOST:
        raise ValueError(amount)
    return cost
