"""Trained infinitely wide networks, and what neural_tangents says of them.

`python peer_training.py` writes `peer_training.json` anew, where neural_tangents is installed (0.6.5 with JAX 0.5.3).
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from peer_networks import images

FILE = Path(__file__).with_name("peer_training.json")
X, TEST, Y = images((4,), 6, 0.3), images((4,), 3, 0.8), images((2,), 6, 2.0)
RATE, TIMES, REGULARISERS = 0.5, (0.0, 3.0, 200.0, None), (0.0, 0.05)


def network(s: Any) -> Any:
    return s.serial(s.Dense(8, 1.5, 0.3), s.Erf(), s.Dense(8, 1.5, 0.3), s.Relu(), s.Dense(1, 1.2, 0.1))


def main() -> None:
    jax: Any = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    peer: Any = importlib.import_module("neural_tangents")
    kernel_fn = network(peer.stax)[2]
    rows = []
    for diag_reg in REGULARISERS:
        predict = peer.predict.gradient_descent_mse_ensemble(
            kernel_fn, X, Y, learning_rate=RATE, diag_reg=diag_reg, diag_reg_absolute_scale=True
        )
        for t in TIMES:
            for get in ("nngp", "ntk"):
                found = predict(t=t, x_test=TEST, get=get, compute_cov=True)
                both = {"mean": found.mean, "covariance": found.covariance}
                rows.append([diag_reg, t, get, {key: np.asarray(each).tolist() for key, each in both.items()}])
    FILE.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
