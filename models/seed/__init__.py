"""Invented worlds: a small believable one with personas, and on request a large one to measure with."""

from models.seed.demo import seed_demo
from models.seed.large import seed_large

__all__ = ["seed_demo", "seed_large"]
