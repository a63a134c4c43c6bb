"""How well a language model understands: sentences parsed, figures, pictures, two models side by side."""
