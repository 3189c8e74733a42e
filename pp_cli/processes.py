"""Other `pp` processes that a command runs for itself: started, waited for, asked over HTTP, and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

PATIENCE = 60
"""Seconds until what was started must answer."""
_FAREWELL = 20


class Broken(Exception):  # noqa: N818 - the story broke off; what it says is for the person watching
    """Something that was started does not do what it should."""


def unconfigured() -> dict[str, str]:
    """This process's environment without our own settings, for a home of its own.

    Which PostgreSQL runs the homes of this machine stays: a home made by one version is not read by another.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PP_") or name == "PP_PG_BIN"}


def start(arguments: Sequence[str], environment: Mapping[str, str], errors: IO[Any]) -> "subprocess.Popen[bytes]":
    """Start `pp` with `arguments`; what it says goes to `errors`."""
    return subprocess.Popen(
        [sys.executable, "-m", "pp_cli", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
    )


def wait_for(url: str, children: "Iterable[subprocess.Popen[bytes]]") -> None:
    """Return when `url` answers; `Broken` when a child ends before or the time is up."""
    watched = list(children)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if any(child.poll() is not None for child in watched):
            raise Broken("a process ended before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - an address of our own making
                return
        except OSError:
            time.sleep(0.1)
    raise Broken(f"{url} did not answer within {PATIENCE} seconds")


def stop(children: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Ask each to end, the last started first, and make sure that it has."""
    for child in reversed(children):
        child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def http(method: str, url: str, body: Any, headers: dict[str, str], expect: set[int]) -> Any:
    """The JSON that `url` answers with; `Broken` for a status that is not in `expect`."""
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - ours, as above
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    if status not in expect:
        raise Broken(f"{method} {url}: {status} {text.decode(errors='replace')}")
    return json.loads(text) if text else None


def refuses(url: str) -> bool:
    """Whether a webhook says that there is no such address, by which it answers a wrong token too."""
    request = urllib.request.Request(url, data=b"", method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            return False
    except urllib.error.HTTPError as error:
        return error.code == 404
    except OSError:
        return True


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
