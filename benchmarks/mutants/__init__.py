"""How many faults the suite finds: the reference broken in many ways, and a run of each."""
