"""Traces by OpenTelemetry, where they are turned on."""
