"""The Python side of Pro-ML Studio."""
