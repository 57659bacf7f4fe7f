"""A connection that waits for its server no longer than the server's own timeouts allow."""

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout

T = TypeVar("T")

BETWEEN_LOOKS = 0.1


class PatientConnection(psycopg.Connection[Any]):
    """Gives up on a server that hangs: its timeouts stand still with it, and its kernel answers.

    :ivar patience: seconds for one answer; for ever without.
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
