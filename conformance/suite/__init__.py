"""The properties that pytest collects: one file a group of checks, one test a check and pair."""
