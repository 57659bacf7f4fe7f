"""Requests of the API: what JSON bodies may be, and requests that wait."""
