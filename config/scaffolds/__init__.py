"""Begin an addition: write the few files of a subscriber, a saga or a context, with a test."""
