#!/usr/bin/env python3
"""Opens a checkpoint of the models `transformer` and `transformer-large` in PyTorch, and computes the
scores again that it stores of a few histories.

    pip install torch numpy safetensors
    curl -o weights.safetensors http://127.0.0.1:8080/v1/admin/models/transformer/versions/1/weights
    python3 Scripts/transformer.py weights.safetensors

Ends with status 1 where a score differs by more than 1e-4, relatively where it is above 1. The
equations stand in docs/models/transformer.md; the names of the modules are those of the tensors.
"""
import argparse
import math
import sys

import torch
from safetensors import safe_open
from torch import nn
from torch.nn.functional import silu

TOLERANCE = 1e-4
GAP_BUCKETS = 64


def unit(x):
    return x / torch.sqrt((x * x).sum(-1, keepdim=True) + 1e-12)


def gap_bucket(seconds):
    """Half octaves: the exponent of the number and the first bit of its mantissa; 0 below a second."""
    bits = seconds.to(torch.float32).view(torch.int32)
    return torch.where(seconds < 1, 0, (bits >> 22) - 253).long()


class RelativeBias(nn.Module):
    """What is added to attention scores: by distance, and by the time from an event to the request."""

    def __init__(self, settings):
        super().__init__()
        heads, positions = settings["heads"], settings["positions"]
        if settings["positionBias"]:
            self.positions = nn.Parameter(torch.zeros(heads, positions))
        if settings["gapBias"]:
            self.gaps = nn.Parameter(torch.zeros(heads, GAP_BUCKETS))

    def forward(self, gaps):
        """gaps: [n, n], the bucket of request i and event j -> [heads, n, n], or 0"""
        bias = 0
        if hasattr(self, "positions"):
            place = torch.arange(len(gaps))
            distance = (place[:, None] - place[None, :]).clamp(min=0)
            bias = bias + self.positions[:, self.positions.shape[1] - 1 - distance]
        if hasattr(self, "gaps"):
            bias = bias + self.gaps[:, gaps]
        return bias


class Attention(nn.Module):
    """Causal attention of several heads; softmax, or pointwise as in HSTU with a gate of its own."""

    def __init__(self, settings):
        super().__init__()
        width = settings["width"]
        self.heads, self.is_pointwise = settings["heads"], settings["pointwise"]
        self.scale = 1 / settings["positions"]
        self.input = nn.Linear(width, (4 if self.is_pointwise else 3) * width)
        self.bias = RelativeBias(settings)
        self.output = nn.Linear(width, width)
        if self.is_pointwise:
            self.norm = nn.LayerNorm(width)
        elif settings["gates"]:
            self.gate = nn.Linear(width, width)

    def forward(self, normal, gaps):
        parts = self.input(normal)
        if self.is_pointwise:
            parts = silu(parts)
        parts = parts.split(normal.shape[1], dim=1)
        # [heads, n, width / heads]
        q, k, v = (p.unflatten(1, (self.heads, -1)).transpose(0, 1) for p in parts[:3])
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[2]) + self.bias(gaps)
        future = torch.ones_like(gaps, dtype=torch.bool).triu(1)
        if self.is_pointwise:
            weights = (silu(scores) * self.scale).masked_fill(future, 0)
        else:
            weights = scores.masked_fill(future, -math.inf).softmax(-1)
        attended = (weights @ v).transpose(0, 1).flatten(1)  # [n, width]
        if self.is_pointwise:
            return self.output(self.norm(attended) * parts[3])
        return gated(self, self.output(attended), normal)


class FeedForward(nn.Module):
    def __init__(self, settings):
        super().__init__()
        width = settings["width"]
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, settings["feedForwardSize"])
        self.down = nn.Linear(settings["feedForwardSize"], width)
        if settings["gates"]:
            self.gate = nn.Linear(width, width)

    def forward(self, x):
        normal = self.norm(x)
        return gated(self, self.down(torch.relu(self.up(normal))), normal)


def gated(layer, term, normal):
    return term * torch.sigmoid(layer.gate(normal)) if hasattr(layer, "gate") else term


class Block(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.norm = nn.LayerNorm(settings["width"])
        self.attention = Attention(settings)
        if not settings["pointwise"]:
            self.feedForward = FeedForward(settings)

    def forward(self, x, gaps):
        x = x + self.attention(self.norm(x), gaps)
        return x + self.feedForward(x) if hasattr(self, "feedForward") else x


class Transformer(nn.Module):
    """Reads a history and scores what comes next."""

    def __init__(self, item_count, settings):
        """settings: the checkpoint's `setting.*`"""
        super().__init__()
        self.temperature = settings["temperature"]
        settings = {name: int(value) for name, value in settings.items()}
        width = settings["width"]
        self.items = nn.Embedding(item_count, width)
        self.positions = nn.Embedding(settings["positions"], width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings["blocks"]))
        self.norm = nn.LayerNorm(width)

    def forward(self, items, seconds, now):
        """items, seconds: [n], oldest first; now: the moment of the request -> scores [item_count]"""
        count = self.positions.num_embeddings
        items, seconds = items[-count:], seconds[-count:]
        requests = torch.cat([seconds[1:], now.reshape(1)])  # an event is foretold at its own time
        gaps = gap_bucket(requests[:, None] - seconds[None, :])
        x = math.sqrt(self.norm.weight.shape[0]) * self.items(items)
        x = x + self.positions.weight[count - len(items) :]
        for block in self.blocks:
            x = block(x, gaps)
        hidden, table = self.norm(x[-1]), self.items.weight
        if self.temperature > 0:
            return unit(table) @ unit(hidden) / self.temperature
        return table @ hidden


def load(path):
    """The model of a checkpoint, its item ids and its samples."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    settings = {
        name.removeprefix("setting."): float(value)
        for name, value in metadata.items()
        if name.startswith("setting.")
    }
    samples = {
        name.removeprefix("sample."): tensors.pop(name)
        for name in list(tensors)
        if name.startswith("sample.")
    }
    for name in [name for name, tensor in tensors.items() if tensor.dtype == torch.int8]:
        # Rounded items (int8Items): whole numbers with a scale for each row.
        tensors[name] = tensors[name] * tensors.pop(name + ".scales")[:, None]
    ids = bytes(tensors.pop("items").tolist()).decode().split("\n")
    model = Transformer(len(ids), settings).double()
    model.load_state_dict(tensors)  # refuses missing and unknown tensors
    return model.eval(), ids, samples


def sample_histories(samples):
    """Items and seconds of each stored history, for a request at 0."""
    ages = samples.get("ages", torch.zeros_like(samples["items"]))
    offsets = samples["offsets"].tolist()
    for start, end in zip(offsets, offsets[1:]):
        yield samples["items"][start:end].long(), -ages[start:end].long()


@torch.no_grad()
def sample_scores(model, samples, item_count):
    """[histories, scored items]: a large catalogue is scored in steps."""
    step = (item_count + 255) // 256
    now = torch.tensor(0)
    rows = []
    for items, seconds in sample_histories(samples):
        # Nothing is known of who did nothing: all items score 0.
        scores = model(items, seconds, now) if len(items) else torch.zeros(item_count)
        rows.append(scores[::step].double())
    return torch.stack(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint")
    arguments = parser.parse_args()
    model, ids, samples = load(arguments.checkpoint)
    computed = sample_scores(model, samples, len(ids))
    stored = samples["scores"].double().reshape(computed.shape)
    difference = ((computed - stored).abs() / stored.abs().clamp(min=1)).max().item()
    print(
        f"{len(ids)} items, {len(computed)} histories, {stored.numel()} scores:"
        f" the largest difference is {difference:.1e}"
    )
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
