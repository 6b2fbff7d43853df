"""What was imported, where it went and what it looked like. Resuming and cheap re-runs rest on it; the only
part of the program that touches SQLite."""
