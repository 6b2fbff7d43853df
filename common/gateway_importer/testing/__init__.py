"""What platforms' demonstrations and tests share: the real program run against the sandbox and a simulated shop."""
