"""Runs statements on a local Spark: one JSON job a line, one JSON answer a line."""

import json
import sys

from pyspark.sql import SparkSession


def answer(spark, job):
    try:
        *settings, query = job["statements"]
        for statement in settings:
            spark.sql(statement)
        # One file, so that its rows stay in their order.
        spark.sql(query).coalesce(1).write.mode("overwrite").parquet(job["output"])
        return {"version": spark.version, "error": None}
    except Exception as error:  # The test says which program it was.
        return {"version": spark.version, "error": str(error)}


def main():
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.warehouse.dir", sys.argv[1])
        .config("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for line in sys.stdin:
        print(json.dumps(answer(spark, json.loads(line))), flush=True)
    spark.stop()


main()
