"""What `manage.py serve` does, in order.

1. Take the lock of the data directory and the port, so that a second start is told so before it touches anything.
2. Migrate, collect static files and make the first administrator, each only where there is something to do.
3. Start the broker, and when it answers, the worker, the scheduler and the web server.
4. Say the address when it answers; then keep them alive.
5. End the worker first (it gives its task back), then the web server, and the broker last.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import OperationalError

from expcert.accounts.notice import first_sign_in
from expcert.accounts.services import FIRST_ADMINISTRATOR, create_first_administrator
from expcert.intake.spool import remove_abandoned_arrivals
from expcert.operations import embedded_broker, health
from expcert.operations.children import Recipe
from expcert.operations.static_files import collect_if_stale
from expcert.operations.supervisor import Ended, Say, Supervisor

BROKER, WORKER, SCHEDULER, WEB = "broker", "worker", "scheduler", "web server"
ENDING_ORDER = ((WORKER, SCHEDULER), (WEB,), (BROKER,))
ANSWERS_WITHIN = 60.0  # seconds


class CannotServe(Exception):
    """Why not, in a sentence for the person at the terminal."""


def serve(say: Say) -> None:
    """Runs until SIGINT, SIGTERM or SIGHUP. Raises CannotServe."""
    os.umask(0o077)
    supervisor = Supervisor(say)
    # Signals are only noted from the first step on: raised in the middle of a migration, Ctrl-C may be swallowed by a
    # callback of the database and be lost.
    with supervisor.signals(), sole_owner(), listening_socket() as listener:
        try:
            prepare(say)
            supervisor.check_end()
            start_all(supervisor, listener)
            say(f"Expcert is ready: {address_of(listener)}  (Ctrl-C ends it)")
            supervisor.watch()
        except Ended:
            pass
        finally:
            say("Ending.")
            supervisor.end(ENDING_ORDER)
    say("Ended; nothing is left running.")


@contextlib.contextmanager
def sole_owner() -> Iterator[None]:
    """One server per data directory; the kernel gives the lock back whatever way this process ends."""
    path = Path(settings.EXPCERT_DATA_DIR) / "serve.lock"
    with open(path, "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotServe(
                f"Expcert already runs on {settings.EXPCERT_DATA_DIR} (process {file.read().strip() or 'unknown'})."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextlib.contextmanager
def listening_socket() -> Iterator[socket.socket]:
    """Held here and inherited by the web server: a restart of that one loses no connection."""
    host, port = settings.EXPCERT_BIND
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(512)
        except OSError as exc:
            raise CannotServe(
                f"Cannot listen on {host} port {port}: {exc.strerror}. Set EXPCERT_BIND, for example to 127.0.0.1:8080."
            ) from exc
        yield listener


def address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = settings.EXPCERT_ALLOWED_HOSTS[0] if settings.EXPCERT_ALLOWED_HOSTS else "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def prepare(say: Say) -> None:
    """Bring the database and the static files up to date."""
    try:
        if settings.EXPCERT_BROKER_EMBEDDED:
            # Before the first password is made, which is shown once and would be lost with a start that fails.
            embedded_broker.make_directories()
        remove_abandoned_arrivals(older_than=0)  # nothing arrives while the port answers nobody
        if not health.migrations_are_applied():
            say("Preparing the database.")
            call_command("migrate", interactive=False, verbosity=0)
        if collect_if_stale():
            say("Collected the static files.")
        password = create_first_administrator()
    except OperationalError as exc:
        raise CannotServe(f"The database cannot be used: {str(exc).strip()}") from exc
    except PermissionError as exc:
        raise CannotServe(f"The data directory cannot be used: {exc}") from exc
    except OSError as exc:
        raise CannotServe(f"A file cannot be written: {exc}") from exc
    finally:
        connections.close_all()
    if password is not None:
        say(first_sign_in(FIRST_ADMINISTRATOR, password))


def start_all(supervisor: Supervisor, listener: socket.socket) -> None:
    if settings.EXPCERT_BROKER_EMBEDDED:
        start_broker(supervisor)
    elif not embedded_broker.answers():
        raise CannotServe("The broker at REDIS_URL does not answer.")
    supervisor.start(worker_recipe())
    supervisor.start(scheduler_recipe())
    web = supervisor.start(web_recipe(listener))
    if not supervisor.await_that(lambda: web_answers(listener), web, ANSWERS_WITHIN):
        raise CannotServe("The web server did not start; the lines above say why.")


def start_broker(supervisor: Supervisor) -> None:
    await_earlier_broker(supervisor)
    try:
        child = supervisor.start(broker_recipe())
        if supervisor.await_that(embedded_broker.answers, child, embedded_broker.READY_WITHIN):
            return
        if child.has_died:
            child.bury()
            supervisor.say(f"The broker cannot read its files; they are moved to {embedded_broker.set_aside()}.")
            embedded_broker.command()
            child.start()
            if supervisor.await_that(embedded_broker.answers, child, embedded_broker.READY_WITHIN):
                return
    except (embedded_broker.BrokerMissing, OSError) as exc:
        raise CannotServe(str(exc)) from exc
    raise CannotServe(f"The broker did not start; {embedded_broker.log_file()} says why.")


def await_earlier_broker(supervisor: Supervisor) -> None:
    """The broker of a killed supervisor ends by itself, after it wrote its file.

    Two servers would write to one file; and the earlier one, when it ends, removes the other one's socket.
    """
    if not embedded_broker.listens():
        return
    supervisor.say("Waiting for the broker of an earlier start to end.")
    if not supervisor.await_that(lambda: not embedded_broker.listens(), None, embedded_broker.GONE_WITHIN):
        raise CannotServe(f"Another broker listens on {embedded_broker.socket_path()} and does not end.")


def broker_recipe() -> Recipe:
    # SIGTERM and not SIGKILL when orphaned: it writes its file to the end first.
    return Recipe(name=BROKER, command=embedded_broker.command(), grace=10.0, when_orphaned=signal.SIGTERM)


def worker_recipe() -> Recipe:
    command = (sys.executable, "-m", "celery", "--quiet", "-A", "expcert", "worker", "--pool", "prefork")
    return Recipe(
        name=WORKER,
        command=(*command, "--without-gossip", "--without-mingle", "--loglevel", settings.EXPCERT_LOG_LEVEL),
        # SIGTERM alone would wait for the running task, however long; as SIGQUIT it waits a little, then gives it back.
        silent=True,
        environment={"REMAP_SIGTERM": "SIGQUIT"},
        grace=settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT + 5.0,
    )


def scheduler_recipe() -> Recipe:
    command = (sys.executable, "-m", "celery", "--quiet", "-A", "expcert", "beat", "--pidfile", "")
    return Recipe(name=SCHEDULER, command=(*command, "--loglevel", settings.EXPCERT_LOG_LEVEL), silent=True, grace=5.0)


def web_recipe(listener: socket.socket) -> Recipe:
    command = (sys.executable, "-m", "gunicorn", "-c", "python:expcert.operations.gunicorn_settings")
    return Recipe(
        name=WEB,
        command=(*command, "--bind", f"fd://{listener.fileno()}", "expcert.wsgi:application"),
        open_files=(listener.fileno(),),
        grace=15.0,
    )


def web_answers(listener: socket.socket) -> bool:
    host, port = listener.getsockname()[:2]
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(target, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
