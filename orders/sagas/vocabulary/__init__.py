"""The words in which sagas are written, and what makes one sound."""
