"""What works across versions of a runtime: what headers change, what a wheel was built against and may declare."""
