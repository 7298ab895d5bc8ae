"""What posting reaches, as a part of what the database itself could do with the same rows in the same minute."""
