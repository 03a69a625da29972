"""NTP: one question of a client, as every clock asks it."""
