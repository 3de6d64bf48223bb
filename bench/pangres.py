"""Upserts by pangres, one after the other, as a benchmark asks for them: `pangres.py URL TABLE`.

Each line of the standard input is a file in COPY's text format, whether its rows go into an empty table or change those that are
there makes no difference here, and the rows of a chunk, separated by tabs. Each is answered by a line: seconds that passed, and seconds
of CPU time of this process, both of the call alone. The file is read before, and once.
"""

import sys
import time

import pandas
import pangres
import sqlalchemy

COLUMNS = ["id", "shelf", "serial", "name", "note", "weight", "active", "seen_at", "made_on", "token"]
TYPES = {"id": "int64", "shelf": "int32", "serial": "int64", "name": "str", "note": "str", "weight": "float64", "token": "str"}


def read(path, rows):
    frame = pandas.read_csv(
        path, sep="\t", names=COLUMNS, dtype=TYPES, na_values=["\\N"], keep_default_na=False, quoting=3, nrows=rows,
        true_values=["true"], false_values=["false"], parse_dates=["seen_at"],
    )
    frame["made_on"] = pandas.to_datetime(frame["made_on"]).dt.date
    return frame.set_index("id")


def main():
    url, table = sys.argv[1:]
    engine = sqlalchemy.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sqlalchemy.event.listens_for(engine, "connect")
        def same_settings(connection, _):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")

    frames = {}
    for line in sys.stdin:
        path, rows, chunk = line.rstrip("\n").split("\t")
        if (path, rows) not in frames:
            frames[path, rows] = read(path, int(rows))
        frame = frames[path, rows]
        started, cpu = time.perf_counter(), time.process_time()
        pangres.upsert(engine, frame, table, "update", create_table=False, chunksize=int(chunk))
        cpu, passed = time.process_time() - cpu, time.perf_counter() - started
        # The file of a database is a new one for each call.
        engine.dispose()
        print(passed, cpu, flush=True)


main()
