"""The OpenAPI document, where it says what no view knows."""
