"""Keeping processes alive, and ending them in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from expcert.operations import children
from expcert.operations.children import Child, Recipe
from expcert.operations.supervisor import Ended, Supervisor

from .waiting import alive, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through /proc")

STAYS = "import time\nwhile True: time.sleep(60)"
# Says that it is there, then appends its name to the given file when it is asked to end.
NOTES_ITS_END = """
import pathlib, signal, sys, time
def end(*_):
    with open(sys.argv[1], "a") as file: file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + "." + sys.argv[2]).touch()
while True: time.sleep(60)
"""
DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
while True: time.sleep(60)
"""


def python(code: str, *arguments: str, name: str = "child", grace: float = 10.0) -> Recipe:
    return Recipe(name=name, command=(sys.executable, "-c", code, *arguments), grace=grace)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(said.append)
    with made.signals():
        yield made
        made.impatient = True
        made.end(())
    assert not any(child.running for child in made.children)


def look_until(supervisor: Supervisor, question: Callable[[], object]) -> None:
    def look() -> object:
        supervisor.look_after()
        return question()

    until(look)


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(children, "LONGEST_PAUSE", 0.05)


def end_of(child: Child) -> str:
    until(lambda: child.has_died, what="the child's end")
    return child.bury()


# One child


def test_each_failure_doubles_the_pause_up_to_a_bound():
    child = Child(python("raise SystemExit(3)"))
    pauses = []
    for _ in range(7):
        child.start()
        assert end_of(child) == "ended with status 3"
        assert child.due is not None
        pauses.append(child.due - time.monotonic())
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 30, 30], abs=0.9)


def test_failures_are_forgotten_after_a_steady_run():
    child = Child(python("raise SystemExit(3)"))
    child.failures = 6
    child.start()
    child.started -= children.STEADY_AFTER + 1
    end_of(child)
    assert child.failures == 1


def test_a_signal_that_killed_a_child_is_named():
    child = Child(python(STAYS))
    child.start()
    assert child.process is not None
    child.process.kill()
    assert end_of(child) == "was killed by SIGKILL"


def test_what_a_dead_child_left_behind_ends_with_its_burial():
    left = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', sys.argv[1]]).pid, file=sys.stderr)"
    child = Child(python(left, STAYS))
    reading, writing = os.pipe()
    saved = os.dup(2)
    os.dup2(writing, 2)
    try:
        child.start()
    finally:
        os.dup2(saved, 2)
        for number in (saved, writing):
            os.close(number)
    with os.fdopen(reading) as output:
        grandchild = int(output.readline())
    assert alive(grandchild)
    end_of(child)
    until(lambda: not alive(grandchild), what="the grandchild's end")


def test_a_child_that_runs_cannot_be_buried():
    child = Child(python(STAYS))
    child.start()
    with pytest.raises(RuntimeError, match="child has not ended"):
        child.bury()
    child.kill_group()
    assert not child.running


def test_a_child_gets_the_recipes_environment_and_open_files():
    reading, writing = os.pipe()
    code = "import os, sys; os.write(int(sys.argv[1]), os.environ['WORD'].encode())"
    recipe = Recipe(
        name="child",
        command=(sys.executable, "-c", code, str(writing)),
        grace=1.0,
        environment={"WORD": "handed over"},
        open_files=(writing,),
    )
    child = Child(recipe)
    child.start()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "handed over"
    assert end_of(child) == "ended with status 0"


def test_a_terminals_ctrl_c_does_not_reach_a_child():
    child = Child(python(STAYS))
    child.start()
    assert child.process is not None
    assert os.getpgid(child.process.pid) == child.process.pid != os.getpgrp()
    child.kill_group()


# The supervisor


@pytest.mark.usefixtures("short_pauses")
def test_what_dies_is_started_again_and_that_is_said(supervisor: Supervisor, said: list[str]):
    child = supervisor.start(python(STAYS, name="worker"))
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    look_until(supervisor, lambda: child.process is not None and child.process.pid != first and child.running)
    assert said == ["The worker was killed by SIGKILL; it is started again in 0 s."]


def test_a_child_waits_out_its_pause(supervisor: Supervisor):
    child = supervisor.start(python("raise SystemExit(1)"))
    look_until(supervisor, lambda: child.process is None)
    supervisor.look_after()
    assert child.process is None, "it was started again before its pause was over"
    child.due = time.monotonic() - 0.001
    supervisor.look_after()
    assert child.process is not None


@pytest.mark.usefixtures("short_pauses")
def test_watching_wakes_up_for_a_death_and_for_the_end(supervisor: Supervisor, said: list[str]):
    """`watch` waits without a time limit, so that a signal which does not wake it would hang this test."""
    child = supervisor.start(python(STAYS))
    assert child.process is not None
    first = child.process.pid

    def kill_then_end() -> None:
        os.kill(first, signal.SIGKILL)
        until(lambda: child.process is not None and child.process.pid != first)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=kill_then_end)
    thread.start()
    supervisor.watch()
    thread.join()
    assert supervisor.end_asked
    assert len(said) == 1


def test_groups_end_one_after_the_other(supervisor: Supervisor, tmp_path: Path):
    ends = tmp_path / "ends"
    names = ("broker", "worker", "scheduler", "web server")
    for name in names:
        supervisor.start(python(NOTES_ITS_END, str(ends), name, name=name))
    until(lambda: all((tmp_path / f"ends.{name}").exists() for name in names))
    supervisor.end((("worker", "scheduler"), ("web server",), ("broker",)))
    order = ends.read_text(encoding="ascii").splitlines()
    assert set(order[:2]) == {"worker", "scheduler"}
    assert order[2:] == ["web server", "broker"]


def test_what_does_not_end_in_time_is_killed_and_that_is_said(supervisor: Supervisor, said: list[str], tmp_path: Path):
    child = supervisor.start(python(DEAF, str(tmp_path / "here"), name="worker", grace=0.3))
    until((tmp_path / "here").exists)
    supervisor.end((("worker",),))
    assert said == ["The worker did not end in time and is killed."]
    assert not child.running


def test_a_group_of_none_ends_nothing_else_early(supervisor: Supervisor, said: list[str]):
    supervisor.end((("worker",), ("broker",)))
    assert said == []


def test_asked_once_more_it_ends_at_once(supervisor: Supervisor, tmp_path: Path):
    child = supervisor.start(python(DEAF, str(tmp_path / "here"), name="worker", grace=60.0))
    until((tmp_path / "here").exists)
    os.kill(os.getpid(), signal.SIGINT)
    until(lambda: supervisor.end_asked)
    supervisor._first_asked -= 2.0  # a person takes longer than a terminal that says it twice
    os.kill(os.getpid(), signal.SIGINT)
    until(lambda: supervisor.impatient)
    started = time.monotonic()
    supervisor.end((("worker",),))
    assert time.monotonic() - started < 10.0
    assert not child.running


def test_the_same_ctrl_c_passed_on_twice_is_one_wish(supervisor: Supervisor):
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    until(lambda: supervisor.end_asked)
    assert not supervisor.impatient


def test_waiting_for_a_child_that_dies_ends_at_once(supervisor: Supervisor):
    child = supervisor.start(python("raise SystemExit(1)"))
    started = time.monotonic()
    assert not supervisor.await_that(lambda: False, child, within=60.0)
    assert time.monotonic() - started < 30.0


def test_waiting_has_an_end(supervisor: Supervisor):
    child = supervisor.start(python(STAYS))
    assert not supervisor.await_that(lambda: False, child, within=0.1)
    assert supervisor.await_that(lambda: True, child, within=0.1)


def test_asking_for_the_end_interrupts_waiting(supervisor: Supervisor):
    child = supervisor.start(python(STAYS))
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(Ended):
        supervisor.await_that(lambda: False, child, within=60.0)


def test_signals_are_given_back_afterwards(said: list[str]):
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]
    made = Supervisor(said.append)
    with made.signals():
        assert signal.getsignal(signal.SIGINT) == made._note_end
    assert [signal.getsignal(number) for number in numbers] == before
    with pytest.raises(RuntimeError, match="only inside"):
        made.wait(0)


# A supervisor that is killed

STARTS_AND_STAYS = f"""
import signal, sys, time
from expcert.operations.children import Child, Recipe
recipe = Recipe(
    name="child", command=(sys.executable, "-c", sys.argv[1], *sys.argv[2:]), grace=1.0,
    when_orphaned=signal.{{orphaned}},
)
child = Child(recipe)
child.start()
print(child.process.pid, flush=True)
{STAYS}
"""


def supervised(orphaned: str, code: str, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A process that supervises another one, and the number of that other one."""
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_STAYS.format(orphaned=orphaned), code, *arguments],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def killed(parent: subprocess.Popen[str]) -> None:
    parent.kill()
    parent.communicate()


def test_an_orphan_dies_with_a_killed_supervisor():
    parent, child = supervised("SIGKILL", STAYS)
    assert alive(child)
    killed(parent)
    until(lambda: not alive(child), what="the orphan's end")


def test_an_orphan_may_be_asked_instead_of_killed(tmp_path: Path):
    ends = tmp_path / "ends"
    parent, child = supervised("SIGTERM", NOTES_ITS_END, str(ends), "broker")
    until((tmp_path / "ends.broker").exists)
    killed(parent)
    until(lambda: not alive(child), what="the orphan's end")
    assert ends.read_text(encoding="ascii") == "broker\n"


def test_a_parent_that_is_gone_already_is_noticed_by_its_number():
    code = "from expcert import lifeline; lifeline.end_with(1 << 22); print('still here')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
