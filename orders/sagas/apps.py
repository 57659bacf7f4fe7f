from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.core import checks

from orders.sagas import definitions


class SagasConfig(AppConfig):
    name = "orders.sagas"
    label = "sagas"

    def ready(self) -> None:
        """Import every saga of ``definitions``, then subscribe the engine to their events."""
        for module in iter_modules(definitions.__path__):
            import_module(f"{definitions.__name__}.{module.name}")
        from orders.sagas.checks import sagas_can_run  # noqa: PLC0415 - needs the app registry
        from orders.sagas.engine.engine import subscribe  # noqa: PLC0415 - likewise

        subscribe()
        checks.register(sagas_can_run)
