"""The environment variables: read once, checked, refused where they make no sense."""
