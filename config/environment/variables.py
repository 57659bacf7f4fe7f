"""Read an environment variable where a setting is made of it.

A variable that is missing, or that its kind does not accept, stops the start with one line that
names the variable and says what it may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar

from django.core.exceptions import ImproperlyConfigured

from config.environment.kinds import ValueKind

T = TypeVar("T")


class Default(Enum):
    """In place of a default where a variable has to be set."""

    REQUIRED = "required"


REQUIRED: Final = Default.REQUIRED


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of one process.

    :ivar defaults: the default of each variable that was read.
    """

    variables: Mapping[str, str] = field(repr=False)
    defaults: dict[str, object] = field(default_factory=dict, repr=False)

    def read(
        self,
        name: str,
        kind: ValueKind[T],
        *,
        default: T | Default = REQUIRED,
    ) -> T:
        """Return the value of a variable; one that is empty counts as not set.

        :raises ImproperlyConfigured: it is required and not set, or not of its kind.
        """
        self.defaults[name] = default
        text = self.variables.get(name)
        if text:
            return _parse(name, kind, text)
        if isinstance(default, Default):
            raise ImproperlyConfigured(f"{name} is not set: it wants {kind.wants}")
        return default


def _parse(name: str, kind: ValueKind[T], text: str) -> T:
    try:
        return kind.parse(text)
    except ValueError as error:
        shown = repr(text) if kind.shown else "what it is"
        raise ImproperlyConfigured(f"{name} cannot be {shown}: it wants {kind.wants}") from error
