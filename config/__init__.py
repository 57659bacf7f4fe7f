"""Wiring: settings, the Celery application, addresses, and the one-command stack."""

# Tasks of every process, a request's as well as a worker's, belong to this application.
from config.celery import app as celery_app

__all__ = ["celery_app"]
