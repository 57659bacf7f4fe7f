"""The query side: tables that projections fold from events, and the API that reads them."""
