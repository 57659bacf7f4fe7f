"""Middleware, parsers, errors and paging that all requests of the API share."""
