"""`pp workout parse`: a line in, a JSON line out, whatever the line."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable

from tests.cli.conftest import ROOT, Pp, Ran

KEYS = ["intent", "sets", "note", "confidence"]
SET_KEYS = ["exercise", "sets", "reps", "weight_kg", "rpe", "seconds"]


def test_every_line_is_answered_in_order(spawn: Callable[..., Ran]) -> None:
    lines = [
        b"squat 5x5 100",
        b"",
        b"\xff\xfe not text",
        b"plank 3x60s\r",
        "mkono 3x8 \U0001f4aa".encode(),
        b"a" * 100_000,
    ]
    ran = spawn("workout", "parse", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err, len(answers)) == (0, "", len(lines))
    assert all(list(answer) == KEYS for answer in answers)
    assert answers[0]["sets"] == [
        {"exercise": "Squat", "sets": 5, "reps": 5, "weight_kg": 100, "rpe": None, "seconds": None}
    ]
    assert list(answers[3]["sets"][0]) == SET_KEYS
    assert answers[3]["sets"][0]["seconds"] == 60
    assert answers[1] == {"intent": "unknown", "sets": [], "note": None, "confidence": 0.0}


def test_the_first_line_may_begin_with_a_mark(spawn: Callable[..., Ran]) -> None:
    ran = spawn("workout", "parse", stdin=b"\xef\xbb\xbfsquat 5x5 100\n")
    assert json.loads(ran.out)["intent"] == "log_workout"


def test_arguments_are_texts(pp: Pp) -> None:
    ran = pp("workout", "parse", "squat 5x5 100", "hello")
    assert [json.loads(line)["intent"] for line in ran.out.splitlines()] == ["log_workout", "unknown"]


def test_many_lines_pass_without_a_limit(spawn: Callable[..., Ran]) -> None:
    ran = spawn("workout", "parse", stdin=b"squat 5x5 100\n" * 3000)
    assert (ran.code, len(ran.out.splitlines())) == (0, 3000)


def test_an_answer_comes_before_the_next_line_is_written() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "workout", "parse"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write(b"squat 5x5 100\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["intent"] == "log_workout"
        process.stdin.close()
        assert process.wait(10) == 0


def test_parsing_loads_no_database_library() -> None:
    code = (
        "import sys\nfrom pp_cli.app import main\nassert main(['workout', 'parse', 'squat 5x5']) == 0\n"
        "wrong = [name for name in ('sqlalchemy', 'psycopg', 'procrastinate', 'fastapi') if name in sys.modules]\n"
        "sys.exit(f'imported {wrong}' if wrong else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ctrl_c_ends_it_without_a_word() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "workout", "parse"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b"squat 5x5 100\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b""
