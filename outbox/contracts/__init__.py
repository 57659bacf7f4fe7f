"""Publish the contracts of messages as Markdown, JSON Schema and CloudEvents."""
