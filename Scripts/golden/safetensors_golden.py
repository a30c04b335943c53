#!/usr/bin/env python3
"""Writes Tests/Golden/small.safetensors with the Python package `safetensors` (0.4 or later), for the
test readsWhatThePythonPackageWrote. Needs numpy. Usage, at the top of the tree:
    python3 Scripts/golden/safetensors_golden.py"""
import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "weight": np.array([[1, -2.5, 3], [4, 5e-8, -6e8]], np.float32),
        "bias": np.array([0.1, np.pi], np.float64),
        "items": np.array([3, -1, 2_000_000_000], np.int32),
        "sequence": np.array(2**40 + 1, np.int64),
        "mask": np.array([1, 0, 255], np.uint8),
        "empty": np.zeros((0, 4), np.float32),
    },
    "Tests/Golden/small.safetensors",
    metadata={"model": 'vae "7" \\ Ünïcode'},
)
