"""Publish the contracts of messages: a map in Markdown, JSON Schema and CloudEvents."""
