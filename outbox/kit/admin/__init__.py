"""Parts of admin pages: read-only lists, links, and forms that confirm an act."""
