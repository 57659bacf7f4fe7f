<<<<<<< HEAD
"""Replay real orders from files: check them completely, then place them with the services."""
=======
"""Real orders from files: checked as a whole, then placed through the services."""
>>>>>>> main
