"""Wake workers after a commit and on ticks. A lost wake-up costs latency, never work."""
