"""A static site from many results: every subject and version, its trends, its badges, and the page of every run."""
