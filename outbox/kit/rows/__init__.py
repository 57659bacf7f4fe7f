"""Read, write and remove many rows with few statements and round trips."""
