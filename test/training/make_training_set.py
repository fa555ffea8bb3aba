"""A training set of the sample flights, made by pandas alone: what the feature service would hand over."""

import json
import sys

import numpy as np
import pandas as pd

source, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
flights = pd.read_parquet(source)
flights = flights.sort_values(["date", "origin", "destination", "distance", "delay"], kind="stable")
flights = flights.head(rows).reset_index(drop=True)


def mean_delay(keys: list[str], hours: float, lag_minutes: float) -> np.ndarray:
    """Mean delay over [t - lag - window, t - lag) of the same keys; NaN where there is none."""
    minute = 60_000_000
    result = np.full(len(flights), np.nan)
    for _, group in flights.groupby(keys, sort=False):
        time = group["date"].to_numpy("datetime64[us]").astype("int64")
        total = np.concatenate([[0.0], np.cumsum(group["delay"].to_numpy(float))])
        end = np.searchsorted(time, time - int(lag_minutes * minute), "left")
        begin = np.searchsorted(time, time - int((lag_minutes + hours * 60) * minute), "left")
        count = np.where(end > begin, end - begin, np.nan)
        result[group.index] = (total[end] - total[begin]) / count
    return result


made = pd.DataFrame(
    {
        "distance": flights.distance.astype("int64"),
        "hour": flights.date.dt.hour.astype("int64"),
        "from_delay": mean_delay(["origin"], 3, 15),
        "route_delay": mean_delay(["origin", "destination"], 168, 0),
        "is_long": flights.distance > 1000,
        "origin": flights.origin,
        "late": flights.delay > 15,
        "minutes_late": flights.delay.clip(lower=0),
        "__row": np.arange(len(flights)),
        "__time": flights.date,
    }
)
train, valid = int(len(made) * 0.7), int(len(made) * 0.85)
made["__split"] = np.where(made.index < train, "train", np.where(made.index < valid, "valid", "test"))
keys = zip(flights.date, flights.origin, flights.destination, strict=True)
made["__key"] = [json.dumps([str(time), origin, destination]) for time, origin, destination in keys]
made.to_parquet(target)
