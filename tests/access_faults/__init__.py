"""Holes in the permissions, made one at a time in a copy of the code: does a test notice? `make access-faults`."""
