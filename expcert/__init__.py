"""The product around the engine: uploads, the stored estate, workers, pages and share links."""

from expcert.celery import app as celery_app

__all__ = ["celery_app"]
