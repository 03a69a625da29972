"""Reports: pure functions from Report to bytes."""
