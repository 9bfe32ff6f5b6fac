from typing import Any

from django.core.management.base import BaseCommand

from expcert.accounts.notice import first_sign_in
from expcert.accounts.services import FIRST_ADMINISTRATOR, create_first_administrator


class Command(BaseCommand):
    help = "Make the first administrator and print the password, once; does nothing where there is one already."

    def handle(self, *args: Any, **options: Any) -> None:
        password = create_first_administrator()
        if password is None:
            self.stdout.write("There is an administrator already; `reset_password USER` gives a new password.")
        else:
            self.stdout.write(first_sign_in(FIRST_ADMINISTRATOR, password))
