"""One supervised process: how it is started, and how it is made to end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from expcert import lifeline

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a restart
STEADY_AFTER = 60.0  # seconds of running after which earlier failures are forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to run."""

    name: str
    command: tuple[str, ...]
    grace: float  # seconds between asking it to end and killing it
    environment: Mapping[str, str] = field(default_factory=dict)  # added to ours
    open_files: tuple[int, ...] = ()  # descriptors that it inherits
    silent: bool = False  # its standard output is thrown away; what it has to say comes on standard error
    when_orphaned: signal.Signals = signal.SIGKILL  # sent by the kernel if the supervisor itself is killed


class Child:
    """A process made from a recipe, again and again if need be."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0
        self.due: float | None = None  # when to start it again; None: not waiting for that

    def start(self) -> None:
        supervisor = os.getpid()
        orphaned = self.recipe.when_orphaned

        def tie() -> None:  # runs in the child, between fork and exec; the supervisor has one thread, so this is safe
            lifeline.end_with(supervisor, orphaned)

        self.process = subprocess.Popen(
            self.recipe.command,
            env={**os.environ, **self.recipe.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if self.recipe.silent else None,
            pass_fds=self.recipe.open_files,
            process_group=0,  # Ctrl-C in the terminal reaches the supervisor alone, which ends the rest in order
            preexec_fn=tie,
        )
        self.started = time.monotonic()
        self.due = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def bury(self) -> str:
        """Take note of its death, plan the restart, and say how it died."""
        process = self.process
        if process is None or process.returncode is None:
            raise RuntimeError(f"{self.recipe.name} has not ended")
        self.kill_group()  # its own children, if it left any
        code = process.returncode
        now = time.monotonic()
        self.failures = 1 if now - self.started > STEADY_AFTER else self.failures + 1
        self.due = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.failures - 1))
        self.process = None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def ask_to_end(self) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """Everything that it started and that stayed in its process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
