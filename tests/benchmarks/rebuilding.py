"""A process that rebuilds a read model from its beginning to the swap."""

from collections.abc import Callable

from readmodels.rebuild import rebuild


def prepare(name: str) -> Callable[[], None]:
    """Return what rebuilds a read model."""

    def work() -> None:
        under_way = rebuild.begin(name)
        while rebuild.advance(under_way):
            continue
        rebuild.finish(under_way)

    return work
