"""Rebuild a read model beside the live one, compare, swap."""
