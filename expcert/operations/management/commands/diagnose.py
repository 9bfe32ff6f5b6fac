import sys
from typing import Any

from django.core.management.base import BaseCommand

from diagnostics.__main__ import main


class Command(BaseCommand):
    """The engine's own command line, arguments and exit status untouched; nothing is stored."""

    help = "Diagnose files without storing anything: the same as `python -m diagnostics`."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main([str(argument) for argument in args]))
