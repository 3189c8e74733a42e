"""Structured logs: JSON lines on stderr, with the correlation id and without secrets or personal data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"(?i)pass|secret|token|pin$|^pin|code$|api_?key|authorization|cookie|phone|email|identifier")
HIDDEN = "[hidden]"
_PERSONAL = re.compile(
    r"(?<![\w.+])\+?(?:254|0)[ -]?[17]\d{2}[ -]?\d{3}[ -]?\d{3}\b|\+\d{8,15}\b"  # phones as Kenya writes them, and in E.164
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+|\bpp[ir]_[\w-]{16,}|\b(?:bot)?\d{6,}:[\w-]{30,}"  # tokens, a bot's among them
    r"|(?<=://)[^\s/@]+(?=@)"  # user and password in an address
    r"|[^\s@=:,;()<>'\"]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    # PostgreSQL quotes the row that it refuses.
    r"|(?<=DETAIL: ).*?(?=\n(?:HINT|CONTEXT|QUERY|LINE|\n)|\Z)",
    re.DOTALL,
)


def redact(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the values of telling keys; phones, e-mail, tokens and what PostgreSQL quotes of a row wherever they stand."""
    for key, value in entry.items():
        if _SECRET.search(key) and key not in ("code",):
            entry[key] = HIDDEN
        elif isinstance(value, str):
            entry[key] = _PERSONAL.sub(HIDDEN, value)
        elif not isinstance(value, (int, float, bool, type(None))):
            entry[key] = _PERSONAL.sub(HIDDEN, str(value))
    return entry


def set_up(level: str = "INFO") -> None:
    """Send structlog's and the standard library's records through one redacting JSON writer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = []
    logging.getLogger("uvicorn.access").disabled = True
    for name in (
        "httpx",
        "httpcore",
        "urllib3",
        "telegram",
        "procrastinate",
        "apscheduler",
        "alembic",
        "aio_pika",
        "aiormq",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> Any:
    """A structured logger."""
    return structlog.stdlib.get_logger(name)
