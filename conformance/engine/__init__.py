"""One bundle from cases to verdicts: plans the calls, has them built and run, compares in bulk, judges what differs."""
