"""Structured logs on standard error: JSON for machines, colours for people at a terminal."""

from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import EventDict, Processor

from outbox.kit.secret import redact

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

_TALKATIVE = ("celery.beat", "celery.app.trace", "celery.worker.strategy", "stripe")

# Lines of structlog go through logging, so that those of libraries look the same.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def logging_config(*, console: bool) -> dict[str, Any]:
    """Return Django's ``LOGGING``: readable in colour for a console, else JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_rendering(console=console),
                    _without_secrets,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # In place of Django's own handlers: one of them mails each error to ADMINS.
            "django": {"handlers": [], "level": "INFO"},
            "django.server": {"handlers": [], "propagate": True},
            # config.http.request_ids logs each refused request, in one line.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "CRITICAL"},
            "axes": {"level": "ERROR"},
            # They log a line per tick or call, of what the database records anyway.
            **{name: {"level": "WARNING"} for name in _TALKATIVE},
        },
    }


def _without_secrets(_logger: Any, _method: str, line: str | EventDict) -> str:
    return redact(str(line))


def _rendering(*, console: bool) -> list[Processor]:
    if console:
        # Colours inside an error would cut a secret into pieces, which redact() would not find.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [
        # Local variables may hold names and payment tokens.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(),
    ]
