"""A database backend that distinguishes an unavailable server from a wrong statement."""
