"""The ENGINE ``config.postgresql``; Django looks for it in a module of this name."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import IsolationLevel
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzLoader

from config.postgresql import arrays
from config.postgresql.errors import DatabaseUnavailable, ends_session, first_of, is_passing
from config.postgresql.patience import PatientConnection

_over: dict[str, float] = {}
"""By alias, when a session last ended; sessions opened before that are closed."""

_TIMES: Final = psycopg.adapters.types["timestamptz"].oid
_QUICKEST: Final = psycopg.adapters.get_loader(_TIMES, Format.TEXT) or TimestamptzLoader

arrays.install()


class Operations(DatabaseOperations):
    """Write many rows in as few statements as the limit of parameters allows."""

    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:
        """Return how many rows one statement can take."""
        return min(len(objs), arrays.MOST_PARAMETERS // max(len(fields), 1))


class DatabaseWrapper(base.DatabaseWrapper):
    """Close sessions that a restart or a failover has left behind, in all threads of the process.

    A session on a demoted server would be refused every write, and would read old rows.
    """

    ops_class = Operations
    opened_at = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """Leave out the option that libpq does not have."""
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("patience", None)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> PatientConnection:
        """Open a session that ends when the server hangs."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.opened_at = time.monotonic()
        connection = PatientConnection.connect(**conn_params)
        connection.patience = self.settings_dict["OPTIONS"].get("patience")
        connection.adapters.register_loader("timestamptz", _QUICKEST)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Open a cursor, whose times are read by the driver itself: all sessions are of UTC.

        Django's own reader goes through Python, and takes as long for a time as for a row.
        """
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the session also if a server has ended one since it was opened."""
        if self.connection is not None and self.opened_at <= _over.get(self.alias, -1.0):
            self.close()
        super().close_if_unusable_or_obsolete()

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """Return the wrapper that translates errors of the driver."""
        return _Errors(self)


class _Errors(DatabaseErrorWrapper):
    wrapper: DatabaseWrapper

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        driver = self.wrapper.connection
        if isinstance(exc_value, psycopg.Error):
            exc_value = first_of(exc_value)
            exc_type = type(exc_value)
        if isinstance(exc_value, psycopg.Error) and is_passing(exc_value, driver):
            self.wrapper.errors_occurred = True
            if ends_session(exc_value, driver):
                _over[self.wrapper.alias] = time.monotonic()
            raise DatabaseUnavailable(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)
