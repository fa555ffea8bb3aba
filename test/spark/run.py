"""Runs statements on a local Spark: one JSON job a line, one JSON answer a line."""

import datetime
import json
import sys

from pyspark.sql import SparkSession

EPOCH = datetime.datetime(1970, 1, 1)


def plain(value):
    if isinstance(value, datetime.datetime):
        return round((value - EPOCH) / datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def answer(spark, job):
    try:
        *settings, query = job["statements"]
        for statement in settings:
            spark.sql(statement)
        frame = spark.sql(query)
        return {
            "version": spark.version,
            "columns": frame.columns,
            "rows": [[plain(value) for value in row] for row in frame.collect()],
        }
    except Exception as error:  # The test says which program it was.
        return {"error": str(error)}


def main():
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.warehouse.dir", sys.argv[1])
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for line in sys.stdin:
        print(json.dumps(answer(spark, json.loads(line))), flush=True)
    spark.stop()


main()
