"""A kit for tests of orders, as a pytest plugin: a shop, time, deaths, disorder, invariants."""
