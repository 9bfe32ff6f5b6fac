"""The product under test: a real broker for queue and cache, people with roles, and a client for each."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from diagnostics import readers
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.inventory import Files
from expcert.accounts.models import Membership, User, Workspace
from expcert.accounts.roles import Role
from expcert.intake import reviewing
from expcert.intake import services as intake
from expcert.intake.models import Became, Upload
from expcert.inventory.models import Deployment
from expcert.operations import embedded_broker
from expcert.operations.static_files import collect_if_stale
from expcert.triage import services as triage
from expcert.triage.models import Diagnosis
from expcert.work import Pulse, State


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


@pytest.fixture(autouse=True)
def reading_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads are read in this process, unless a test is marked `reads_in_child`: starting Python for each takes longer
    than all the rest of a diagnosis. The engine's own tests hold that both say the same."""
    if request.node.get_closest_marker("reads_in_child") is None:
        monkeypatch.setattr(intake, "read_isolated", readers.read)


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


AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)  # the moment that all built material is meant for


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Diagnoses are made at this moment, and the built-in sample is issued for it."""
    clock = SimpleNamespace(now=lambda: AT)
    monkeypatch.setattr("expcert.triage.services.timezone", clock)
    return AT


@pytest.fixture(scope="session")
def sample_plan() -> EstatePlan:
    """What the built-in sample is made of; not to be changed."""
    return sample_estate(AT)


@pytest.fixture(scope="session")
def sample(sample_plan: EstatePlan) -> Files:
    """The built-in sample as a customer would hand it over."""
    return as_artefacts(sample_plan)


@pytest.fixture
def deployment(workspace: Workspace) -> Deployment:
    return Deployment.objects.create(workspace=workspace, name="Estate of Example Corp")


@pytest.fixture
def upload(deployment: Deployment) -> Upload:
    """Queued, without files: a row that is work to be done."""
    return Upload.objects.create(deployment=deployment)


@dataclass(frozen=True)
class Desk:
    """Hands files over as the view does, and does the workers' part in this thread, without queue and heartbeat."""

    workspace: Workspace
    user: User

    def request(self) -> HttpRequest:
        request = RequestFactory().post("/", headers={"user-agent": "Tests"})
        request.user = self.user
        return request

    def hand_over(self, files: Files, deployment: Deployment | None = None, name: str = "") -> Upload:
        incoming = [
            intake.Incoming(path=path, file=SimpleUploadedFile(path.rpartition("/")[2], content))
            for path, content in files.items()
        ]
        return intake.receive(
            request=self.request(), workspace=self.workspace, deployment=deployment, name=name, files=incoming
        )

    def read(self, upload: Upload) -> Upload:
        attempt = upload.claim()
        assert attempt is not None
        intake.read_upload(upload, Pulse(upload, attempt))
        upload.refresh_from_db()
        return upload

    def apply(self, upload: Upload, **answers: str) -> Upload:
        """Confirms what the review of an upload shows."""
        standing = reviewing.standing(upload)
        reviewing.confirm(upload, token=standing.token, answers=answers, request=self.request())
        upload.refresh_from_db()
        return upload

    def diagnose(self, deployment: Deployment) -> Diagnosis:
        """The newest diagnosis that waits."""
        row = deployment.diagnoses.filter(state=State.QUEUED).first()
        assert row is not None
        attempt = row.claim()
        assert attempt is not None
        triage.make_diagnosis(row, Pulse(row, attempt))
        row.refresh_from_db()
        return row

    def diagnosis_of(self, files: Files, deployment: Deployment | None = None) -> Diagnosis:
        """Of everything, these files included; what they replace is confirmed, what is asked of them left open."""
        upload = self.read(self.hand_over(files, deployment))
        if upload.became == Became.WAITING:
            self.apply(upload)
        return self.diagnose(upload.deployment)


@pytest.fixture
def desk(workspace: Workspace, engineer: User, at: datetime) -> Iterator[Desk]:
    yield Desk(workspace=workspace, user=engineer)
    for folder in settings.EXPCERT_SPOOL_DIR.iterdir():
        shutil.rmtree(folder)


@pytest.fixture
def diagnosis(desk: Desk, sample: Files) -> Diagnosis:
    """The sample's, finished."""
    return desk.diagnosis_of(sample)
