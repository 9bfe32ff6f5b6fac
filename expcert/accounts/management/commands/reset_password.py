from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expcert.accounts.models import User
from expcert.accounts.notice import first_sign_in
from expcert.accounts.services import reset_password


class Command(BaseCommand):
    help = "Give a user a new password and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        self.stdout.write(first_sign_in(user.get_username(), reset_password(user)))
