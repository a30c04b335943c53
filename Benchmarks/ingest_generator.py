"""Imported by the benchmarks of ingestion: the generator of made-up events (ingest.c),
and how much memory the service has meanwhile."""
import json, os, subprocess, threading

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


class Memory:
    """Resident memory of a process, at eight moments of what is done in the `with` block."""

    def __init__(self, process): self.process, self.samples, self.done = process, [], threading.Event()

    def watch(self):
        while not self.done.wait(0.25): self.samples.append(resident_mebibytes(self.process))

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.samples.append(resident_mebibytes(self.process))

    def __str__(self):
        steps = min(8, len(self.samples))
        chosen = [self.samples[(n + 1) * len(self.samples) // steps - 1] for n in range(steps)]
        return " ".join(map(str, chosen)) + " MiB"
