"""Settings, read from the environment once by the composition root; nothing else looks at the environment."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .policy import Rate

Figures = tuple[int, int]
"""Requests, and the seconds they are spread over."""

DEFAULT_RATES: Mapping[Rate, Figures] = {
    Rate.STANDARD: (100, 60),
    Rate.AUTH: (10, 900),
    Rate.SCREEN: (3000, 60),
    Rate.SEARCH: (120, 60),
    Rate.UPLOAD: (120, 3600),
    Rate.POINTS: (12000, 60),
}
AUTH_ADDRESS_CEILING: Figures = (300, 900)
"""Sign-ins by one address: high, because a whole gym or network sits behind one."""


class SettingError(Exception):
    """A setting in the environment cannot be used; the message says which, and what would do."""


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The Africa's Talking account. `callback_token` is the unguessable part of our webhook's address.

    `premium_codes` are the short codes whose texts are paid for by whoever writes to them: replies go as premium messages.
    """

    username: str = "sandbox"
    api_key: str = ""
    base_url: str = "https://api.sandbox.africastalking.com"
    sender: str | None = None
    premium_codes: tuple[str, ...] = ()
    callback_token: str = ""


@dataclass(frozen=True, slots=True)
class UssdSettings:
    """The USSD gateway. `callback_token` is the unguessable part of our webhook's address.

    A turn that takes longer than `deadline` seconds is answered by text later; the gateway waits for ten.
    """

    callback_token: str = ""
    deadline: float = 5.0


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """The bot. With `webhook_url` (our public address) updates are pushed to us, without it we ask for them.

    `secret` is what Telegram sends with each update; one is derived from the token when it is left out.
    """

    token: str = ""
    base_url: str = "https://api.telegram.org"
    webhook_url: str = ""
    secret: str = ""

    @property
    def webhook_secret(self) -> str:
        """What Telegram has to send with each update."""
        return self.secret or hmac.new(self.token.encode(), b"webhook secret", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class MapSettings:
    """What lies under routes: `osm` (OpenStreetMap's own servers), `none`, or an address with {z}, {x} and {y}.

    Such a server's `attribution` is shown on every map; `max_zoom` is the closest that it has. `matching_url` is the server that
    lays ways on streets (none: nothing is asked), `matching_points` how many points it takes at a time.
    """

    tiles: str = "osm"
    attribution: str = ""
    max_zoom: int = 19
    matching_url: str = ""
    matching_points: int = 100


@dataclass(frozen=True, slots=True)
class FileSettings:
    """How much a file that somebody sends may be, and how much may be spent on reading it.

    Megabytes sent; then for each file, alone or in an archive, seconds of processor time; for the whole of it seconds of
    processor time, the longest silence in seconds, and megabytes of memory; files in an archive, and megabytes unpacked of one
    and of all.
    """

    upload_mb: int = 25
    cpu_s: int = 10
    all_cpu_s: int = 60
    wall_s: int = 30
    memory_mb: int = 200
    files: int = 2_000
    file_mb: int = 64
    all_mb: int = 1_024


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    database_url: str | None = None
    database_owner_url: str | None = None
    database_worker_url: str | None = None
    database_admin_url: str | None = None
    database_ingest_url: str | None = None  # past any pooler: what points are copied to lives as long as a session
    pooled: bool = False  # behind a transaction pooler such as PgBouncer: no prepared statements
    pool_size: int = 10
    data_directory: Path | None = None
    secret_key: str = ""
    base_domain: str | None = None  # `progresspulse.co.ke`: gyms are named by their subdomain
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # `https://gym.example`: what stands in the links and addresses we give out
    screens: int = 20  # of `pp tui --serve` at once; each is a process
    screen_idle_minutes: int = 720  # after which a browser without a key pressed is signed out
    redis_url: str | None = None
    amqp_url: str | None = None
    log_level: str = "INFO"
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-* headers are believed
    metrics_token: str = ""  # without one, only a direct caller on this machine reads `/metrics`
    rates: Mapping[Rate, Figures] = field(default_factory=lambda: dict(DEFAULT_RATES))
    auth_address_ceiling: Figures = AUTH_ADDRESS_CEILING
    sms: SmsSettings = field(default_factory=SmsSettings)
    ussd: UssdSettings = field(default_factory=UssdSettings)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    maps: MapSettings = field(default_factory=MapSettings)
    files: FileSettings = field(default_factory=FileSettings)

    @property
    def reached_at(self) -> str:
        """Our address as the outside knows it: what was set, or Telegram's, or this machine's own."""
        return self.public_url or self.telegram.webhook_url or f"http://{self.host}:{self.port}"

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
        cpu_s = _whole("PP_FILE_CPU_SECONDS", text("PP_FILE_CPU_SECONDS", "10"), 1, 600)
        ceiling = text("PP_RATE_AUTH_ADDRESS")
        telegram = text("PP_TELEGRAM_BASE_URL", "https://api.telegram.org")
        return cls(
            database_url=text("PP_DATABASE_URL") or None,
            database_owner_url=text("PP_DATABASE_OWNER_URL") or None,
            database_worker_url=text("PP_DATABASE_WORKER_URL") or None,
            database_admin_url=text("PP_DATABASE_ADMIN_URL") or None,
            database_ingest_url=text("PP_DATABASE_INGEST_URL") or None,
            pooled=text("PP_DATABASE_POOLED") in ("1", "true", "yes"),
            pool_size=_whole("PP_POOL_SIZE", text("PP_POOL_SIZE", "10"), 1, 1000),
            data_directory=Path(text("PP_DATA_DIR")).expanduser() if text("PP_DATA_DIR") else None,
            secret_key=text("PP_SECRET_KEY"),
            base_domain=text("PP_BASE_DOMAIN") or None,
            host=text("PP_HOST", "127.0.0.1"),
            port=_whole("PP_PORT", text("PP_PORT", "8080"), 0, 65535),
            public_url=_like(_ADDRESS, "PP_PUBLIC_URL", text("PP_PUBLIC_URL"), "https://gym.example").rstrip("/"),
            screens=_whole("PP_SCREENS", text("PP_SCREENS", "20"), 1, 1000),
            screen_idle_minutes=_whole("PP_SCREEN_IDLE_MINUTES", text("PP_SCREEN_IDLE_MINUTES", "720"), 1, 10080),
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
                premium_codes=_listed(text("PP_AT_PREMIUM_CODES")),
                callback_token=text("PP_AT_CALLBACK_TOKEN"),
            ),
            ussd=UssdSettings(
                callback_token=text("PP_USSD_CALLBACK_TOKEN") or text("PP_AT_CALLBACK_TOKEN"),
                deadline=_whole("PP_USSD_DEADLINE_MS", text("PP_USSD_DEADLINE_MS", "5000"), 100, 9500) / 1000,
            ),
            telegram=TelegramSettings(
                token=_like(_BOT_TOKEN, "PP_TELEGRAM_TOKEN", text("PP_TELEGRAM_TOKEN"), "BotFather's 123456:ABC..."),
                base_url=_like(_ADDRESS, "PP_TELEGRAM_BASE_URL", telegram, "https://api.telegram.org").rstrip("/"),
                webhook_url=_like(
                    _ADDRESS, "PP_TELEGRAM_WEBHOOK_URL", text("PP_TELEGRAM_WEBHOOK_URL"), "https://gym.example"
                ).rstrip("/"),
                secret=_like(
                    _BOT_SECRET, "PP_TELEGRAM_SECRET", text("PP_TELEGRAM_SECRET"), "1 to 256 of A-Z, a-z, 0-9, _ and -"
                ),
            ),
            maps=replace(
                _maps(
                    text("PP_MAP_TILES", "osm") or "osm",
                    text("PP_MAP_ATTRIBUTION"),
                    _whole("PP_MAP_MAX_ZOOM", text("PP_MAP_MAX_ZOOM", "19"), 1, 24),
                ),
                matching_url=_like(
                    _MATCHING, "PP_MAP_MATCHING_URL", text("PP_MAP_MATCHING_URL"), "http://osrm.local:5000"
                ).rstrip("/"),
                matching_points=_whole("PP_MAP_MATCHING_POINTS", text("PP_MAP_MATCHING_POINTS", "100"), 10, 500),
            ),
            files=FileSettings(
                upload_mb=_whole("PP_FILE_UPLOAD_MB", text("PP_FILE_UPLOAD_MB", "25"), 1, 200),
                cpu_s=cpu_s,
                all_cpu_s=6 * cpu_s,
                wall_s=3 * cpu_s,
                memory_mb=_whole("PP_FILE_MEMORY_MB", text("PP_FILE_MEMORY_MB", "200"), 64, 4096),
            ),
        )


_BOT_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]+")
_BOT_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ADDRESS = re.compile(r"https?://[^\s/]\S*")
_MATCHING = re.compile(r"https?://[^\s/?#{}]+(/([^\s?#{}]|\{profile\})*)?")


def _like(pattern: re.Pattern[str], name: str, raw: str, example: str) -> str:
    """What was given, or nothing; the value stays out of the message because some of these are secret."""
    if raw and not pattern.fullmatch(raw):
        raise SettingError(f"{name} cannot be used; write it like this: {example}")
    return raw


_TILES = re.compile(r"https?://[a-z0-9.:{}-]+/[A-Za-z0-9._~/?&=%{}@:+,-]*", re.IGNORECASE)
_TILE_PLACES = {"z", "x", "y", "s", "r"}


def _maps(tiles: str, attribution: str, max_zoom: int) -> MapSettings:
    if tiles.lower() in ("osm", "none"):
        if attribution:
            raise SettingError(f"PP_MAP_ATTRIBUTION names whose tiles an address gives; PP_MAP_TILES is {tiles}.")
        return MapSettings(tiles.lower(), "", 19)
    places = re.findall(r"\{([^{}]*)\}", tiles)
    host = tiles.split("/")[2] if tiles.count("/") > 2 else ""
    sound = _TILES.fullmatch(tiles) and set(places) <= _TILE_PLACES and {"z", "x", "y"} <= set(places)
    # A page says from which servers it loads pictures, and there a name may only begin with what varies.
    if not sound or not re.fullmatch(r"(\{s\}\.)?[a-z0-9.-]+(:\d+)?", host, re.IGNORECASE):
        raise SettingError(
            f"PP_MAP_TILES={tiles!r} is neither osm nor none nor like https://tiles.example.org/{{z}}/{{x}}/{{y}}.png."
        )
    if not attribution:
        raise SettingError("PP_MAP_ATTRIBUTION is missing: PP_MAP_TILES names a server, so say whose maps those are.")
    return MapSettings(tiles, attribution, max_zoom)


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
