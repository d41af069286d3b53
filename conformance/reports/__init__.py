"""What a run says: the result as JSON, and one renderer a format, fed with the result and never by scraping."""
