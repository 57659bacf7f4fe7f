"""The saga engine: what a saga does about what it hears, and how it is loaded and saved."""
