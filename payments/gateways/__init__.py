"""The port through which money leaves the building, and the gateways behind it."""
