"""The report on what a convention costs: claims, what was measured, the answers, and the pages that show them."""
