"""Draw each saga and the choreography, coloured by the progress of an order."""
