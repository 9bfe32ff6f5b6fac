"""The product under test: a real broker for queue and cache, people with roles, and a client for each."""

import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from expcert.accounts.models import Membership, User, Workspace
from expcert.accounts.roles import Role
from expcert.operations import embedded_broker
from expcert.operations.static_files import collect_if_stale


@pytest.fixture(scope="session", autouse=True)
def broker() -> Iterator[None]:
    """The embedded broker, unless REDIS_URL names a server."""
    if not settings.EXPCERT_BROKER_EMBEDDED:
        yield
        return
    with subprocess.Popen(embedded_broker.command(), stdin=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 20
        while not embedded_broker.answers():
            assert server.poll() is None, embedded_broker.log_file().read_text()
            assert time.monotonic() < deadline, "the broker does not answer"
        yield
        server.terminate()


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Collected as for a start, so that a page which names a missing file fails here as it would there."""
    collect_if_stale()


@pytest.fixture(autouse=True)
def fresh_cache(broker: None) -> None:
    """Limits on signing in count in the cache; one test's attempts are not another's."""
    cache.clear()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Example Corp")


@pytest.fixture
def person(workspace: Workspace) -> Callable[..., User]:
    """Makes a member of the workspace with a role, or with None an outsider."""

    def make(name: str, role: Role | None) -> User:
        user = User.objects.create_user(username=name, password=None)
        if role is not None:
            Membership.objects.create(user=user, workspace=workspace, role=role)
        return user

    return make


@pytest.fixture
def engineer(person: Callable[..., User]) -> User:
    return person("engineer", Role.ENGINEER)


@pytest.fixture
def viewer(person: Callable[..., User]) -> User:
    return person("viewer", Role.VIEWER)


@pytest.fixture
def outsider(person: Callable[..., User]) -> User:
    """Signed in and member of another workspace."""
    user = person("outsider", None)
    Membership.objects.create(user=user, workspace=Workspace.objects.create(name="Elsewhere"), role=Role.OWNER)
    return user


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make
