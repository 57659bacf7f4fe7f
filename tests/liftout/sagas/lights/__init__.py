"""An app whose saga switches lights on when a bell rings."""
