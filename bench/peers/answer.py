"""How a peer answers: to a line "NAME TIMES" of its input with a line {"cpu", "wall": ms of one, "value": to compare, …}."""
import json
import sys
import time


def answer(work, **besides):
    for line in sys.stdin:
        name, times = line.split()
        clock, processor = time.perf_counter(), time.process_time()
        for _ in range(int(times)):
            value = work[name]()
        wall, cpu = time.perf_counter() - clock, time.process_time() - processor
        per = 1000 / int(times)
        print(json.dumps({"cpu": per * cpu, "wall": per * wall, "value": value, **besides}), flush=True)
