"""Shared code that does not depend on messaging: money, texts, rows, requests, admin pages."""
