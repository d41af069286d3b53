"""The subjects that pack: front ends in Python that make calls of the legacy packed convention."""
