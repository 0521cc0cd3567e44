"""Faults that a host may have at any moment, and what must hold whatever happens."""
