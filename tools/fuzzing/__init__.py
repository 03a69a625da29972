"""Coverage-guided fuzzing of everything that reads bytes from outside: `make fuzz` (docs/operations/fuzzing.md).

A parser is total: whatever comes, it gives its result or raises ParseError, in bounded time and memory. The property
tests hold that with random and damaged bytes; here libFuzzer looks for bytes that lead to code not reached so far.
"""
