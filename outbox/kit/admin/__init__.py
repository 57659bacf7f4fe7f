"""Admin pages: looking things up, linking them, and confirming an act before it is done."""
