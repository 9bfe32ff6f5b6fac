from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "expcert.triage"

    def ready(self) -> None:
        from expcert.inventory.signals import facts_changed
        from expcert.triage import services

        facts_changed.connect(services.on_facts_changed, dispatch_uid="triage")
