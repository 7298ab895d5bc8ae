"""A company to look at: what it trades, a year of its history, and who works there. Deterministic."""
