"""What operators do to running sagas: verbs, and moves to a newer version."""
