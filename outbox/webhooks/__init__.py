"""Send chosen events to other systems as signed webhooks."""
