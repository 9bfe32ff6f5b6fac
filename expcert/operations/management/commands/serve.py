from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expcert.operations.one_command import CannotServe, serve


class Command(BaseCommand):
    help = "Run everything together: web, worker, scheduler and, unless REDIS_URL is set, a broker. Ctrl-C ends it."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve(self.say)
        except CannotServe as exc:
            raise CommandError(str(exc)) from exc

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
