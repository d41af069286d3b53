"""Runs compiled stubs where they can do no harm, and gives back what they did."""
