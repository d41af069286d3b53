"""What decides whether a run passes: waivers, a baseline, the comparison of two results, and the exit code."""
