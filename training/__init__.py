"""Lessons: a model is trained, examined, let in through the gate or sent back, by a worker and not while somebody waits."""
