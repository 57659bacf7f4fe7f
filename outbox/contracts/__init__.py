"""The contracts of messages for readers elsewhere: map, JSON Schema, CloudEvents."""
