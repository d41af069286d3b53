"""Plain frozen data that every other room speaks: kinds, signatures, mismatches, cases, verdicts, results."""
