"""Fields of requests and answers of the orders API."""
