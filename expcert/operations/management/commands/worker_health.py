from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from expcert.operations.health import WORKER_SILENT_AFTER, worker_silence


class Command(BaseCommand):
    help = "Succeed if the worker wrote its heartbeat file lately; for health checks of the worker's container."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        silence = worker_silence(settings.EXPCERT_HEARTBEAT_FILE)
        if silence is None:
            raise CommandError("The worker never wrote its heartbeat file.")
        if silence > WORKER_SILENT_AFTER:
            raise CommandError(f"The worker has been silent for {silence:.0f} s.")
        self.stdout.write(f"The worker was alive {silence:.0f} s ago.")
