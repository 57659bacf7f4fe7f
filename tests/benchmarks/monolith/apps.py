from django.apps import AppConfig


class MonolithConfig(AppConfig):
    name = "tests.benchmarks.monolith"
    label = "monolith"
