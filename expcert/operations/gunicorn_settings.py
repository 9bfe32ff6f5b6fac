"""The web server's settings, for `serve` and for containers: `gunicorn -c python:expcert.operations.gunicorn_settings`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings

from expcert import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expcert.settings")

_host, _port = settings.EXPCERT_BIND
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"  # `serve` overrides it with an open socket
worker_class = "gthread"
workers = settings.EXPCERT_WEB_PROCESSES
threads = settings.EXPCERT_WEB_THREADS
preload_app = True  # imported once, then forked
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 2000
max_requests_jitter = 200
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
logconfig_dict = settings.LOGGING
# Which proxy may be believed is decided in one place, our middleware.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


def post_fork(server: Any, worker: Any) -> None:
    lifeline.end_with(server.pid)
