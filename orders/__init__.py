"""Orders from placing to return, their customers, and the products for sale."""
