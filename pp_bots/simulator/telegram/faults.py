"""What can be made to go wrong, and for how many of the next calls or updates."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """The ways this server can misbehave; each was seen of the real one or is allowed by HTTP."""

    RATE = "rate"  # 429 with `retry_after`; the call is not carried out
    HTTP = "http"  # answers `http_status` as the Bot API does; carried out only if `taken`
    TIMEOUT_BEFORE = "timeout-before"  # hangs `seconds`; the call is not carried out
    TIMEOUT_AFTER = "timeout-after"  # hangs `seconds`; the call is carried out
    CUT = "cut"  # the call is carried out, the answer breaks off in the middle
    NOT_JSON = "not-json"  # the call is carried out, the answer is a proxy's HTML page
    BLOCKED = "blocked"  # a send is refused as if its reader had blocked the bot
    DUPLICATE_UPDATE = "duplicate-update"  # an update comes `times` more right after it was accepted
    LATE_UPDATE = "late-update"  # an update comes `times` more, `seconds` after it was accepted
    OUT_OF_ORDER = "out-of-order"  # an update is held back until the one after it was delivered


CALL_FAULTS = frozenset(
    {
        FaultKind.RATE,
        FaultKind.HTTP,
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.CUT,
        FaultKind.NOT_JSON,
        FaultKind.BLOCKED,
    }
)


class Fault(BaseModel):
    """One kind of misbehaviour for the next `count` calls or updates it applies to.

    `method` limits it to one method; else a fault of calls meets those that send, edit or answer.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: FaultKind = Field(strict=False)
    count: int = Field(default=1, ge=1)
    method: str | None = None
    seconds: float = Field(default=30.0, ge=0)
    http_status: int = Field(default=500, gt=399, lt=600)
    taken: bool = False
    retry_after: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arm `fault` after those already armed."""
        self._waiting.append(fault.model_copy())

    def clear(self) -> None:
        """Behave from now on."""
        self._waiting.clear()

    def take_for_call(self, method: str) -> Fault | None:
        """Spend one use of the first armed fault that meets a call of `method`."""
        speaks = method.lower().startswith(("send", "edit", "answer"))
        for fault in self._waiting:
            meets = speaks if fault.method is None else fault.method.lower() == method.lower()
            if fault.kind in CALL_FAULTS and meets:
                return self._spend(fault)
        return None

    def take(self, *kinds: FaultKind) -> Fault | None:
        """Spend one use of the first armed fault among `kinds`."""
        return next((self._spend(fault) for fault in self._waiting if fault.kind in kinds), None)

    def _spend(self, fault: Fault) -> Fault:
        fault.count -= 1
        if not fault.count:
            self._waiting.remove(fault)
        return fault

    def as_json(self) -> list[dict[str, Any]]:
        """List what is armed, with the uses left."""
        return [fault.model_dump(mode="json") for fault in self._waiting]
