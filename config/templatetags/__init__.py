"""Template tags with which pages of one app show what other apps know."""
