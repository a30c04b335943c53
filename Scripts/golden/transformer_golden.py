#!/usr/bin/env python3
"""Writes Tests/Golden/transformer-*.safetensors, checkpoints of tiny transformers with random weights
whose sample scores PyTorch computed, for TransformerGoldenTests. Needs torch, numpy and safetensors.
Usage, at the top of the tree:
    python3 Scripts/golden/transformer_golden.py"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from transformer import Transformer, sample_scores

ITEMS = 9
SMALL = {"positions": 6, "width": 4, "blocks": 2, "heads": 2, "feedForwardSize": 5}
NONE = {"pointwise": 0, "positionBias": 0, "gapBias": 0, "gates": 0, "temperature": 0}
VARIANTS = {
    "softmax": {"heads": 1},
    "softmax-all": {"positionBias": 1, "gapBias": 1, "gates": 1, "temperature": 0.25},
    "pointwise": {"pointwise": 1},
    "pointwise-all": {"pointwise": 1, "positionBias": 1, "gapBias": 1, "temperature": 0.5},
}
# Items and how many seconds before the request: one event, equal times, more events than positions.
HISTORIES = [
    ([3], [0]),
    ([1, 1, 8], [5, 5, 1]),
    ([0, 7, 2, 4], [90_000_000, 86_400, 3_600, 59]),
    ([5, 6, 7, 8, 0, 1, 2, 3], [2_000_000_000, 40_000_000, 9_000, 800, 70, 6, 2, 2]),
]


def write(name, settings):
    model = Transformer(ITEMS, settings).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
        parameter.data = parameter.data.float().double()  # what the file holds
    lengths = [len(items) for items, _ in HISTORIES]
    samples = {
        "offsets": torch.tensor([0, *lengths]).cumsum(0).int(),
        "items": torch.tensor(sum((items for items, _ in HISTORIES), [])).int(),
        "ages": torch.tensor(sum((ages for _, ages in HISTORIES), [])).int(),
    }
    samples["scores"] = sample_scores(model, samples, ITEMS).flatten()
    tensors = {key: value.float().contiguous() for key, value in model.state_dict().items()}
    for key, value in samples.items():
        tensors["sample." + key] = value.float() if key == "scores" else value
    ids = "\n".join(f"item-{index}" for index in range(ITEMS))
    tensors["items"] = torch.tensor(list(ids.encode()), dtype=torch.uint8)
    metadata = {"setting." + key: str(float(value)) for key, value in settings.items()}
    save_file(
        tensors,
        f"Tests/Golden/transformer-{name}.safetensors",
        metadata={"family": "transformer", **metadata},
    )


torch.manual_seed(20)
for name, changes in VARIANTS.items():
    write(name, {**SMALL, **NONE, **changes})
