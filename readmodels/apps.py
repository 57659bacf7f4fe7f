from django.apps import AppConfig


class ReadmodelsConfig(AppConfig):
    name = "readmodels"

    def ready(self) -> None:
        """Let the map of messages know what is published here."""
        import readmodels.lag  # noqa: F401, PLC0415 - needs the app registry
