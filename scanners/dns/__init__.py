"""DNS: one question with the recursion bit, for a name that nobody has to look up."""
