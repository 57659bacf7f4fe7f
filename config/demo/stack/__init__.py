"""The one-command stack: servers and application under one supervisor, on one machine."""
