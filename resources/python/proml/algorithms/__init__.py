"""Algorithms: how each is fitted, predicts in Python, and is written as ONNX."""
