"""The rows of the stand-in's database, made and moved in SQL: a file of tables beside each class."""
