"""Imported by the benchmarks of ingestion: the generator of made-up events (ingest.c)."""
import json, os, subprocess

USERS, ITEMS = 1_000_000, 100_000


def compile_generator(folder):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ingest.c")
    program = folder + "/generator"
    subprocess.run(["cc", "-O2", "-o", program, source, "-lsqlite3", "-lm"], check=True)
    return program


def generate(program, *arguments, first=0):
    """What the generator says it did; `arguments` end with the number of events."""
    output = subprocess.run(
        [program, *map(str, [*arguments, first, USERS, ITEMS])], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(output.stdout)


def resident_mebibytes(process, field="VmRSS"):
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith(field))
