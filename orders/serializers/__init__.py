"""Requests and responses of the orders API."""
