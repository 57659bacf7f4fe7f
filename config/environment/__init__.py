"""Read environment variables, and refuse values that are invalid or unsafe."""
