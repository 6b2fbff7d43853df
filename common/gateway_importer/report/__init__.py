"""What a run tells people: progress while it goes on, and what became of every product afterwards."""
