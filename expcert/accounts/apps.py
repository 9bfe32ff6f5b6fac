from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "expcert.accounts"

    def ready(self) -> None:
        from expcert.accounts import signals

        signals.connect()
