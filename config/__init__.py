"""Wiring: settings, URLs, the Celery application, and code that spans all apps."""

# Web processes queue tasks too, so this application is loaded in every process.
from config.celery import app as celery_app

__all__ = ["celery_app"]
