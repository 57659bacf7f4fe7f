"""Begin an addition: the few files of a subscriber, projection, gateway or layout, with a test."""
