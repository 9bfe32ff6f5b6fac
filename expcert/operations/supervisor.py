"""Keeping a few processes alive, and ending them in order."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from expcert.operations.children import Child, Recipe

Say = Callable[[str], None]

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_WISH_WITHIN = 1.0  # seconds
LOOK_EVERY = 0.05  # seconds, while something is awaited that sends no signal


class Ended(Exception):
    """Somebody asked for the end while we were still starting."""


class Supervisor:
    """Starts children, restarts those that die, and ends them group by group, the latest started first."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.children: list[Child] = []
        self.end_asked = False
        self.impatient = False  # asked a second time: end at once
        self._first_asked = 0.0
        self._wake: socket.socket | None = None

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Turn signals into a wake-up of `wait`, so that nothing happens in a handler."""
        listening, waking = socket.socketpair()
        listening.setblocking(False)
        waking.setblocking(False)
        before = {number: signal.getsignal(number) for number in (*ENDING_SIGNALS, signal.SIGCHLD)}
        earlier_wakeup = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        self._wake = listening
        try:
            for number in ENDING_SIGNALS:
                signal.signal(number, self._note_end)
            signal.signal(signal.SIGCHLD, lambda *_: None)  # the default would not wake us
            yield
        finally:
            signal.set_wakeup_fd(earlier_wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._wake = None
            listening.close()
            waking.close()

    def _note_end(self, number: int, frame: FrameType | None) -> None:
        # A terminal and a parent may both pass on the same Ctrl-C; only a later one is a person losing patience.
        now = time.monotonic()
        if not self.end_asked:
            self.end_asked, self._first_asked = True, now
        elif now - self._first_asked > SAME_WISH_WITHIN:
            self.impatient = True

    def check_end(self) -> None:
        """Raises Ended when somebody wants the end."""
        if self.end_asked:
            raise Ended

    def wait(self, seconds: float | None) -> None:
        """Until a signal comes (a child's end is one) or the time is over; None waits for a signal alone."""
        if self._wake is None:
            raise RuntimeError("the supervisor waits only inside its signals()")
        if select.select([self._wake], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while self._wake.recv(4096):
                    pass

    def start(self, recipe: Recipe) -> Child:
        child = Child(recipe)
        self.children.append(child)
        child.start()
        return child

    def await_that(self, true: Callable[[], bool], child: Child | None, within: float) -> bool:
        """Whether it became true in time; False at once if the child dies. Raises Ended when somebody wants the end."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            self.check_end()
            if child is not None and child.has_died:
                return False
            if true():
                return True
            self.wait(LOOK_EVERY)
        return False

    def watch(self) -> None:
        """Until the end is asked for."""
        while not self.end_asked:
            self.look_after()
            due = [child.due - time.monotonic() for child in self.children if child.due is not None]
            self.wait(max(0.0, min(due)) if due else None)

    def look_after(self) -> None:
        """Bury what has died and start again what is due."""
        for child in self.children:
            if child.has_died:
                how = child.bury()
                pause = (child.due or time.monotonic()) - time.monotonic()
                self.say(f"The {child.recipe.name} {how}; it is started again in {pause:.0f} s.")
            elif child.due is not None and child.due <= time.monotonic():
                child.start()

    def end(self, order: Sequence[Sequence[str]]) -> None:
        """End the named groups one after the other, each within its children's grace; then whatever is left."""
        for names in order:
            group = [child for child in self.children if child.recipe.name in names]
            for child in group:
                child.ask_to_end()
            deadline = time.monotonic() + max((child.recipe.grace for child in group), default=0.0)
            while any(child.running for child in group) and time.monotonic() < deadline:
                if self.impatient:
                    break
                self.wait(LOOK_EVERY)
            for child in group:
                if child.running:
                    self.say(f"The {child.recipe.name} did not end in time and is killed.")
                child.kill_group()
        for child in self.children:
            child.kill_group()
