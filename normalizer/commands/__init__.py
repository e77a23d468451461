"""The commands of the command line, each a few lines over one function, and what they share."""
