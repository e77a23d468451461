"""Commands of the command line that are coats over several rooms at once."""
