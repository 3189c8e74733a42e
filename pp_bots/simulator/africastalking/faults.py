"""What can be made to go wrong, and for how many of the next messages or USSD callbacks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """The ways this gateway can misbehave; each was seen of the real one or is allowed by HTTP."""

    TIMEOUT_BEFORE = "timeout-before"  # hangs `seconds`; the message is not taken
    TIMEOUT_AFTER = "timeout-after"  # hangs `seconds`; the message is taken
    CUT = "cut"  # the message is taken, the answer breaks off in the middle
    HTTP = "http"  # answers `http_status` in plain text; taken only if `taken`
    REFUSE = "refuse"  # 201, but the recipient's status is `word`
    EMPTY_RECIPIENTS = "empty-recipients"  # 201 with `word` as Message and no recipient
    NOT_JSON = "not-json"  # 201, taken, and the body is HTML
    CHARSET = "charset"  # 201, taken, JSON whose content type names a charset
    DUPLICATE_INCOMING = "duplicate-incoming"  # an incoming message is posted `times` more after it was accepted
    EARLY_REPORT = "early-report"  # the delivery reports arrive before the send is answered
    LATE_REPORT = "late-report"  # the delivery reports wait `seconds` more
    REPORT_STATUS = "report-status"  # the last report says `word`, because of `reason`
    DUPLICATE_REPORT = "duplicate-report"  # each report is posted `times` more
    NO_REPORT = "no-report"  # no report ever comes
    USSD_TWIN = "ussd-twin"  # a USSD callback is posted `times` more at the same time; the first answer is shown
    USSD_REPEAT = "ussd-repeat"  # it is posted `times` more once it was answered, before the phone sees the answer
    USSD_LATE_REPEAT = "ussd-late-repeat"  # it is posted `times` more `seconds` later, whatever happened meanwhile
    USSD_DROP = "ussd-drop"  # the phone loses its signal while we answer
    USSD_TIMEOUT = "ussd-timeout"  # our answer counts as too late, whenever it comes
    USSD_END_EARLY = "ussd-end-early"  # the phone hangs up while we answer: the end is notified before our answer
    USSD_END_TWICE = "ussd-end-twice"  # the end of the session is notified `times` more


SEND_FAULTS = frozenset(
    {
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.CUT,
        FaultKind.HTTP,
        FaultKind.REFUSE,
        FaultKind.EMPTY_RECIPIENTS,
        FaultKind.NOT_JSON,
        FaultKind.CHARSET,
    }
)

_DEFAULT_WORD = {
    FaultKind.REFUSE: "UserInBlacklist",
    FaultKind.EMPTY_RECIPIENTS: "InvalidSenderId",
    FaultKind.REPORT_STATUS: "Expired",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of misbehaviour for the next `count` messages, callbacks or sessions it applies to."""

    kind: FaultKind
    count: int = 1
    seconds: float = 30.0
    http_status: int = 500
    taken: bool = False
    retry_after: int | None = None
    word: str | None = None
    reason: str | None = None
    times: int = 1

    def __post_init__(self) -> None:
        if self.word is None and self.kind in _DEFAULT_WORD:
            object.__setattr__(self, "word", _DEFAULT_WORD[self.kind])

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Fault":
        """Read a fault from `POST /sim/faults`; raises ValueError naming what is wrong."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(body) - known)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; a fault has {', '.join(sorted(known))}")
        try:
            kind = FaultKind(body.get("kind", ""))
        except ValueError:
            raise ValueError(f"kind must be one of {', '.join(FaultKind)}") from None
        kinds_of = {
            "count": int,
            "http_status": int,
            "retry_after": int,
            "times": int,
            "taken": bool,
            "word": str,
            "reason": str,
        }
        for name, expected in kinds_of.items():
            value = body.get(name)
            wrong_bool = isinstance(value, bool) and expected is not bool
            if value is not None and (not isinstance(value, expected) or wrong_bool):
                raise ValueError(f"{name} must be {expected.__name__}")
        seconds = body.get("seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise ValueError("seconds must be a number, zero or more")
        if not 100 < body.get("http_status", 500) < 600:
            raise ValueError("http_status must be an HTTP status")
        return cls(**{**body, "kind": kind})


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[list[Any]] = []

    def add(self, fault: Fault) -> None:
        """Arm `fault` after those already armed."""
        if fault.count > 0:
            self._waiting.append([fault, fault.count])

    def clear(self) -> None:
        """Behave from now on."""
        self._waiting.clear()

    def take(self, *kinds: FaultKind) -> Fault | None:
        """Spend one use of the first armed fault among `kinds`."""
        for entry in self._waiting:
            fault: Fault = entry[0]
            if fault.kind in kinds:
                entry[1] -= 1
                if not entry[1]:
                    self._waiting.remove(entry)
                return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """List what is armed, with the uses left."""
        return [{**asdict(fault), "count": left} for fault, left in self._waiting]
