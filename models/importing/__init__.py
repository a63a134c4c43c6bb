"""Real programmes in: from files and live APIs of DOVOL and 1365, row by row, again and again without harm."""
