"""The doorbell: wakes workers after a commit. Losing a ring costs latency, never work."""
