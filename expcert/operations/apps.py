from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "expcert.operations"

    def ready(self) -> None:
        from expcert import checks

        checks.register()
