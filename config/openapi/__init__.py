"""Complete the OpenAPI document with what no single view declares."""
