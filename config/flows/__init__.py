"""Pictures of the flows: of each saga, and of the choreography, coloured by an order's progress."""
