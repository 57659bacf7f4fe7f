"""Draw each saga and the choreography; for an order, coloured by its progress."""
