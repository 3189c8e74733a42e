"""Sends text messages through Africa's Talking.

Source: Africa's Talking documentation, SMS: sending; africastalking-python 2.0 `SMS.py` and `Service.py`.

What an answer means is decided here, once:

- **Accepted** is a recipient whose status word is Success, Sent, Queued or Processed. An HTTP 2xx alone says nothing.
- **Refused for good** is any other status word and any HTTP 4xx not named below. InsufficientBalance is among them:
  nothing was taken, but no machine can put money into the account, so staff must see the word rather than a queue that
  repeats in vain. So is CouldNotRoute, which tells of the number and not of the moment.
- **Safe to repeat** is what certainly was not taken: no connection, HTTP 429, HTTP 503 with `Retry-After` (a server
  that names a time has declined; without one it may be a proxy that lost its backend halfway), and the words of a
  passing fault on the gateway's side (InternalServerError, GatewayError) *if* no message id came with them.
- **Unknown** is the rest: any other 5xx, HTTP 408, a time-out or a break after the request was written, an answer that
  cannot be read, RiskHold (held for review, may still leave) and a word never seen that comes with a message id. The
  delivery report decides.
"""

import asyncio
import json
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import requests
import urllib3
from africastalking.SMS import SMSService

from pp_core.kernel.ports import SendOutcome, SendStatus

_ACCEPTED = frozenset({"success", "sent", "queued", "processed"})
_PASSING = frozenset({"internalservererror", "gatewayerror"})
_HELD = frozenset({"riskhold"})
_KNOWN_REFUSALS = frozenset(
    {
        "invalidsenderid",
        "invalidphonenumber",
        "unsupportednumbertype",
        "insufficientbalance",
        "insufficientcredit",
        "userinblacklist",
        "couldnotroute",
        "donotdisturbrejection",
        "rejectedbygateway",
    }
)
_LONGEST_REASON = 200
_LIVE, _CONTENT = "https://api.africastalking.com", "https://content.africastalking.com"


@dataclass(frozen=True, slots=True)
class AfricasTalkingSettings:
    """One account. Times are seconds.

    `base_url` and `content_url` (premium messages) replace the service's own addresses, for a simulator or a proxy.
    `sender` is the name or short code that texts come from when a send names none; without it the gateway's own.
    `premium_codes` are the short codes that answer with premium messages.
    `deadline` bounds a whole send, waiting for a free thread included; keep it above the other two together.
    """

    username: str
    api_key: str
    base_url: str | None = None
    content_url: str | None = None
    sender: str | None = None
    premium_codes: tuple[str, ...] = ()
    connect_timeout: float = 3.05
    read_timeout: float = 20.0
    deadline: float = 30.0
    threads: int = 8


class NoAccount:
    """The `SmsSender` port where no account is set up: no phone and no text leaves the machine."""

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        """Refuse for good: a text that waited for an account would come too late."""
        return SendOutcome(SendStatus.REFUSED, reason="no account is set up")


class AfricasTalkingSms:
    """The `SmsSender` port on one Africa's Talking account.

    The client library blocks, so it runs in a small pool of threads of its own. `close` when done.
    """

    def __init__(self, settings: AfricasTalkingSettings) -> None:
        self._settings = settings
        self._service = _Service(settings.username, settings.api_key)
        if settings.base_url is not None:
            # The simulator and the sandbox serve premium messages on the same host.
            content = _CONTENT if settings.base_url.rstrip("/") == _LIVE else settings.base_url
            self._service.use(settings.base_url, settings.content_url or content)
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._pool = ThreadPoolExecutor(max_workers=settings.threads, thread_name_prefix="africastalking")

    def close(self) -> None:
        """Start nothing more; what is still waiting for a thread is answered RETRY."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        """Send `text` to `to`; see the module for what each answer becomes.

        With `link_id` and a premium short code as `sender` (the one it came to) this answers a premium message
        (`bulkSMSMode=0`), which may charge whoever gets it. The gateway gives a link to texts to ordinary codes as well;
        these are answered with an ordinary text from the code, at the account's cost.
        """
        try:
            job = self._pool.submit(self._send, to, text, sender, link_id)
        except RuntimeError:
            return SendOutcome(SendStatus.RETRY, reason="closed")
        answer = asyncio.wrap_future(job)
        try:
            await asyncio.wait({answer}, timeout=self._settings.deadline)
        except asyncio.CancelledError:
            # Nobody waits for it any more: it must not leave later, unseen.
            job.cancel()
            raise
        if job.done() and not job.cancelled():
            return job.result()
        if job.cancel():
            return SendOutcome(SendStatus.RETRY, reason="no free thread before the deadline")
        return SendOutcome(SendStatus.UNKNOWN, reason="no answer before the deadline")

    def _send(self, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        try:
            if link_id is not None and sender is not None and sender in self._settings.premium_codes:
                response = self._service.send_premium(text, sender, [to], link_id=link_id, timeout=self._timeout)
            else:
                response = self._service.send(
                    text, [to], sender_id=sender or self._settings.sender, timeout=self._timeout
                )
        except requests.RequestException as error:
            return _broken(error)
        except ValueError as error:
            # The library's own check of the number, before anything is written.
            return SendOutcome(SendStatus.REFUSED, reason=_short(str(error)))
        except Exception as error:
            return SendOutcome(SendStatus.UNKNOWN, reason=type(error).__name__)
        try:
            return _read(response, to)
        except Exception as error:
            return SendOutcome(SendStatus.UNKNOWN, reason=f"the answer cannot be read: {type(error).__name__}")


class _Service(SMSService):  # type: ignore[misc]
    """The library's service, handing over the whole response.

    The library raises its one exception with the body alone for any status but 2xx, so that 429 and 500 look alike, and
    turns JSON into text when the content type names a charset.
    """

    def use(self, base_url: str, content_url: str) -> None:
        self._baseUrl = base_url.rstrip("/") + "/version1"
        self._contentUrl = content_url.rstrip("/") + "/version1"

    def _make_request(
        self,
        url: str,
        method: str,
        headers: dict[str, str],
        data: dict[str, Any] | None,
        params: dict[str, Any] | None,
        callback: object = None,
        timeout: tuple[float, float] = (3.05, 20.0),
    ) -> requests.Response:
        # A connection per request, as the library has it: on a kept one a reset does not tell whether the request was
        # read. A followed redirect would turn the POST into a GET.
        return requests.request(
            method, url, headers=headers, data=data, params=params, timeout=timeout, allow_redirects=False
        )


def _read(response: requests.Response, to: str) -> SendOutcome:
    code = response.status_code
    if code == requests.codes.too_many_requests or (
        code == requests.codes.unavailable and "Retry-After" in response.headers
    ):
        return SendOutcome(SendStatus.RETRY, reason=f"HTTP {code}")
    if 400 <= code < 500 and code != requests.codes.request_timeout:
        return SendOutcome(SendStatus.REFUSED, reason=_short(f"HTTP {code}: {response.text}"))
    if not 200 <= code < 300:
        return SendOutcome(SendStatus.UNKNOWN, reason=f"HTTP {code}")
    try:
        body = json.loads(response.content)
    except ValueError:
        return SendOutcome(SendStatus.UNKNOWN, reason="the answer is not JSON")
    data = body.get("SMSMessageData") if isinstance(body, dict) else None
    recipients = data.get("Recipients") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(recipients, list):
        return SendOutcome(SendStatus.UNKNOWN, reason="the answer names no recipients")
    if not recipients:
        return _none_taken(str(data.get("Message") or ""))
    mine = [each for each in recipients if isinstance(each, dict) and each.get("number") == to]
    if not mine and len(recipients) == 1 and isinstance(recipients[0], dict):
        mine = recipients
    if len(mine) != 1:
        return SendOutcome(SendStatus.UNKNOWN, reason="the answer names other recipients")
    return _recipient(mine[0])


def _recipient(recipient: dict[str, Any]) -> SendOutcome:
    word = str(recipient.get("status") or "")
    gateway_id = _gateway_id(recipient.get("messageId"))
    cost_minor, currency = _cost(recipient.get("cost"))
    status = SendStatus.SENT if word.lower() in _ACCEPTED else _refusal(word, taken=gateway_id is not None)
    return SendOutcome(
        status=status,
        gateway_id=gateway_id,
        cost_minor=cost_minor,
        currency=currency,
        reason=None if status is SendStatus.SENT else _short(word) or "no status",
    )


def _none_taken(message: str) -> SendOutcome:
    """Read an answer without recipients, whose Message holds the word that covers all of them."""
    # "Sent to 1/1" with nobody named contradicts itself.
    taken = message.startswith("Sent to ") and not message.startswith("Sent to 0/")
    if taken or not message:
        return SendOutcome(SendStatus.UNKNOWN, reason=_short(message) or "the answer names no recipients")
    return SendOutcome(_refusal(message, taken=False), reason=_short(message))


def _refusal(word: str, *, taken: bool) -> SendStatus:
    lowered = word.lower()
    if lowered in _HELD or not word:
        return SendStatus.UNKNOWN
    if lowered in _KNOWN_REFUSALS:
        return SendStatus.REFUSED
    if taken:
        return SendStatus.UNKNOWN
    return SendStatus.RETRY if lowered in _PASSING else SendStatus.REFUSED


def _gateway_id(value: object) -> str | None:
    text = str(value or "").strip()
    # The service writes its null as the word None.
    return None if text.lower() in ("", "none", "null") else text


def _cost(value: object) -> tuple[int | None, str | None]:
    """Read a cost such as `KES 0.8000` into hundredths, rounding half up, and its currency.

    A bare `0`, as given to a refused recipient, has no currency.
    """
    words = str(value if value is not None else "").split()
    currency = words[0].upper() if len(words) == 2 else None
    try:
        amount = Decimal(words[-1].replace(",", "")) if words else Decimal("NaN")
        minor = (amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    except ArithmeticError:
        return None, None
    return (int(minor), currency) if minor.is_finite() else (None, None)


def _broken(error: requests.RequestException) -> SendOutcome:
    reason = type(error).__name__
    if isinstance(error, ValueError):
        # An address or header that cannot be written at all: repeating would fail the same way.
        return SendOutcome(SendStatus.REFUSED, reason=reason)
    never_connected = (urllib3.exceptions.ConnectTimeoutError, ssl.SSLCertVerificationError)
    for cause in _causes(error):
        if isinstance(cause, never_connected):
            return SendOutcome(SendStatus.RETRY, reason=reason)
    return SendOutcome(SendStatus.UNKNOWN, reason=reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk what an exception wraps: urllib3 keeps it as `reason` or first argument, Python as cause or context."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        around = (getattr(current, "reason", None), current.__cause__, current.__context__, *current.args)
        waiting.extend(each for each in around if isinstance(each, BaseException))


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]
