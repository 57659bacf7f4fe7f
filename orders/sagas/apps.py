from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules, module_has_submodule

DEFINITIONS = "definitions"


class SagasConfig(AppConfig):
    name = "orders.sagas"
    label = "sagas"

    def ready(self) -> None:
        """Import the sagas of ``definitions`` and of every app, and subscribe to their events."""
        if module_has_submodule(self.module, DEFINITIONS):
            definitions = import_module(f"{self.name}.{DEFINITIONS}")
            for module in iter_modules(definitions.__path__):
                import_module(f"{definitions.__name__}.{module.name}")
        autodiscover_modules("sagas")
        from orders.sagas.checks import sagas_can_run, sagas_receive_their_events  # noqa: PLC0415 - needs the app registry
        from orders.sagas.engine.engine import subscribe  # noqa: PLC0415 - likewise

        subscribe()
        checks.register(sagas_can_run)
        checks.register(sagas_receive_their_events)
