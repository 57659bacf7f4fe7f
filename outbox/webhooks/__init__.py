"""Send chosen events to endpoints of others as signed webhooks."""
