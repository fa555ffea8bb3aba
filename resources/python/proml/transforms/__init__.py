"""Transforms: what each learns from the training split, and how it is written as ONNX."""
