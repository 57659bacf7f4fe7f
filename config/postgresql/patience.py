"""A connection that stops waiting for a server that hangs."""

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout

T = TypeVar("T")

BETWEEN_LOOKS = 0.1


class PatientConnection(psycopg.Connection[Any]):
    """Give up on a server that does not answer.

    A process that hangs does not enforce its own timeouts, and its kernel still answers keepalives.

    :ivar patience: seconds to wait for one answer; ``None`` waits without limit.
    """

    patience: float | None = None

    def wait(
        self,
        gen: Generator[Any, Any, T],
        interval: float = BETWEEN_LOOKS,
        timeout: float | None = None,
    ) -> T:
        """Wait for an answer.

        :raises psycopg.OperationalError: there was none in time; the connection is closed.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except _WaitTimeout as silence:
            self.close()
            raise psycopg.OperationalError(
                f"the server has not answered for {self.patience} seconds"
            ) from silence
