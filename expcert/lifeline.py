"""Ending with one's parent: what keeps a killed supervisor or worker from leaving processes behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

# Loaded here and not at the call, which happens between fork and exec, where importing is not safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for this signal when the parent process ends (Linux; elsewhere nothing does this).

    The kernel means the parent's thread that forked, so supervisors fork from their main thread. A parent that ended
    before this call is noticed by its number.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(by))
    if os.getppid() != parent:
        os._exit(1)
