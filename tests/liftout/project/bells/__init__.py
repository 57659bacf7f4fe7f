"""An app that rings bells."""
