"""Many runs, dealt to the workers of a cluster: what each comes to is stored once, and a cause is told once."""
