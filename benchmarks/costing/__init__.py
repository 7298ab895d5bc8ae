"""Cost adjustment and the G/L, against what the database could do with the same entries in the same minute."""
