"""The container driver: hosts as containers, segments as bridges, real routes and packet filters."""
