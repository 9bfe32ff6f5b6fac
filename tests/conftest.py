"""What holds for every test: a data directory of its own, made before Django's settings are read and removed at the end."""

import os
import shutil
import tempfile
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="expcert-tests-"))

# No variable of the machine reaches the tests but the two that choose the servers (see tests/with_servers.py).
for name in [name for name in os.environ if name.startswith("EXPCERT_")]:
    del os.environ[name]
os.environ["EXPCERT_DATA_DIR"] = str(DATA)
os.environ["EXPCERT_ENV_FILE"] = str(DATA / "no-such-file")
os.environ["DJANGO_SETTINGS_MODULE"] = "expcert.settings"

from expcert import broker  # noqa: E402

worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
if url := os.environ.get("REDIS_URL"):
    # Tests clear the cache and the queue, so those that run side by side need two databases each of their own.
    os.environ["REDIS_URL"] = broker.with_database(url, broker.database_number(url) + 2 * int(worker))

import django  # noqa: E402  (its settings are read with the variables above)

django.setup()  # now, since conftest files further down import models
# Not for the workers of xdist: with it they would read the settings, and so this directory's name, before this file.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.db import connections  # noqa: E402

if connections["default"].vendor == "sqlite":
    # A file, as in production: in memory, threads and processes would not wait for each other's lock.
    connections["default"].settings_dict["TEST"]["NAME"] = str(DATA / "test.sqlite3")


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)
