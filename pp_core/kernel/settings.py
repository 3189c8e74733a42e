"""Settings, read from the environment once by the composition root; nothing else looks at the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .policy import Rate

Figures = tuple[int, int]
"""Requests, and the seconds they are spread over."""

DEFAULT_RATES: Mapping[Rate, Figures] = {
    Rate.STANDARD: (100, 60),
    Rate.AUTH: (10, 900),
    Rate.SEARCH: (120, 60),
    Rate.UPLOAD: (120, 3600),
}
AUTH_ADDRESS_CEILING: Figures = (300, 900)
"""Sign-ins by one address: high, because a whole gym or network sits behind one."""


class SettingError(Exception):
    """A setting in the environment cannot be used; the message says which, and what would do."""


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The Africa's Talking account. `callback_token` is the unguessable part of our webhook's address."""

    username: str = "sandbox"
    api_key: str = ""
    base_url: str = "https://api.sandbox.africastalking.com"
    sender: str | None = None
    callback_token: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    database_url: str | None = None
    database_owner_url: str | None = None
    database_worker_url: str | None = None
    database_admin_url: str | None = None
    pooled: bool = False  # behind a transaction pooler such as PgBouncer: no prepared statements
    pool_size: int = 10
    data_directory: Path | None = None
    secret_key: str = ""
    base_domain: str | None = None  # `progresspulse.co.ke`: gyms are named by their subdomain
    host: str = "127.0.0.1"
    port: int = 8080
    redis_url: str | None = None
    amqp_url: str | None = None
    log_level: str = "INFO"
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-* headers are believed
    metrics_token: str = ""  # without one, only a direct caller on this machine reads `/metrics`
    rates: Mapping[Rate, Figures] = field(default_factory=lambda: dict(DEFAULT_RATES))
    auth_address_ceiling: Figures = AUTH_ADDRESS_CEILING
    sms: SmsSettings = field(default_factory=SmsSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the `PP_*` variables; SettingError names the one that cannot be used."""
        env = os.environ if environ is None else environ

        def text(name: str, default: str = "") -> str:
            return env.get(name, default).strip()

        rates = dict(DEFAULT_RATES)
        for rate in DEFAULT_RATES:
            if raw := text(f"PP_RATE_{rate.name}"):
                rates[rate] = read_rate(f"PP_RATE_{rate.name}", raw)
        ceiling = text("PP_RATE_AUTH_ADDRESS")
        return cls(
            database_url=text("PP_DATABASE_URL") or None,
            database_owner_url=text("PP_DATABASE_OWNER_URL") or None,
            database_worker_url=text("PP_DATABASE_WORKER_URL") or None,
            database_admin_url=text("PP_DATABASE_ADMIN_URL") or None,
            pooled=text("PP_DATABASE_POOLED") in ("1", "true", "yes"),
            pool_size=_whole("PP_POOL_SIZE", text("PP_POOL_SIZE", "10"), 1, 1000),
            data_directory=Path(text("PP_DATA_DIR")).expanduser() if text("PP_DATA_DIR") else None,
            secret_key=text("PP_SECRET_KEY"),
            base_domain=text("PP_BASE_DOMAIN") or None,
            host=text("PP_HOST", "127.0.0.1"),
            port=_whole("PP_PORT", text("PP_PORT", "8080"), 0, 65535),
            redis_url=text("PP_REDIS_URL") or None,
            amqp_url=text("PP_AMQP_URL") or None,
            log_level=text("PP_LOG_LEVEL", "INFO").upper(),
            cors_origins=_listed(text("PP_CORS_ORIGINS")),
            trusted_proxies=_networks("PP_TRUSTED_PROXIES", text("PP_TRUSTED_PROXIES")),
            metrics_token=text("PP_METRICS_TOKEN"),
            rates=rates,
            auth_address_ceiling=read_rate("PP_RATE_AUTH_ADDRESS", ceiling) if ceiling else AUTH_ADDRESS_CEILING,
            sms=SmsSettings(
                username=text("PP_AT_USERNAME", "sandbox"),
                api_key=text("PP_AT_API_KEY"),
                base_url=text("PP_AT_BASE_URL", "https://api.sandbox.africastalking.com"),
                sender=text("PP_AT_SENDER") or None,
                callback_token=text("PP_AT_CALLBACK_TOKEN"),
            ),
        )


_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def read_rate(name: str, raw: str) -> Figures:
    """`100/minute` or `5/15minute` as (requests, seconds)."""
    count, _, period = raw.partition("/")
    digits = period[: len(period) - len(period.lstrip("0123456789"))]
    unit = _PERIODS.get(period[len(digits) :].strip().removesuffix("s"))
    if not count.strip().isdecimal() or unit is None or int(count) < 1 or int(digits or 1) < 1:
        raise SettingError(f"{name}={raw!r} is no rate; write it like 100/minute or 5/15minute.")
    return int(count), unit * int(digits or 1)


def _listed(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in raw.split(",") if part.strip())


def _networks(name: str, raw: str) -> tuple[str, ...]:
    from ipaddress import ip_network

    for part in _listed(raw):
        try:
            ip_network(part, strict=False)
        except ValueError as error:
            raise SettingError(f"{name}: {part!r} is no address or network; write it like 10.0.0.0/8.") from error
    return _listed(raw)


def _whole(name: str, raw: str, least: int, most: int) -> int:
    if not raw.isdecimal() or int(raw) < least or int(raw) > most:
        raise SettingError(f"{name}={raw!r} is no whole number from {least} to {most}.")
    return int(raw)
