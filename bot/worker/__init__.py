"""Claims jobs under a lease and carries them out: actuation, deadlines, views, publications."""
