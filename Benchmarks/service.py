"""Imported by the benchmarks in Python: a service on a database of its own, gone at the end, and
the least client that can measure it."""
import json, os, re, shutil, socket, subprocess, sys, tempfile, threading, time

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.build/release/starling")


class Service:
    """`with Service(log) as service`: `log` is a MovieLens folder to import, or a database file,
    which is copied; None for an empty database."""

    def __init__(self, log, settings={}, cores=None):
        self.folder = tempfile.TemporaryDirectory()
        self.database = self.folder.name + "/log.sqlite"
        if log is None: pass
        elif os.path.isdir(log):
            subprocess.run([PROGRAM, "import", "movielens", log, "--database", self.database],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            shutil.copy(log, self.database)
        self.pinned = ["taskset", "-c", cores] if cores else []
        self.start(settings)

    def start(self, settings):
        self.process = subprocess.Popen(
            self.pinned + [PROGRAM, "serve", "--database", self.database, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "STARLING_RETRAIN_ENABLED": "false", "STARLING_LOG_LEVEL": "warning",
                 **settings})
        line = self.process.stdout.readline()
        if not line: sys.exit("the service didn't start")
        self.port = int(re.search(r":(\d+)$", line.strip()).group(1))

    def __enter__(self): return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self, settings={}):
        self.stop()
        self.start(settings)

    def call(self, method, path, body=None):
        """The answer's JSON; for everything that isn't measured."""
        client = Client(self.port)
        status, content = client.send(request(method, path, body))
        client.close()
        if status >= 300: sys.exit(f"{method} {path}: {status} {content.decode()}")
        return json.loads(content)

    def has(self, model):
        return any(m["name"] == model and m["inService"] for m in self.models())

    def models(self): return self.call("GET", "/v1/admin/models")["models"]

    def begin_training(self, model):
        """The number of the job, once it runs."""
        job = self.call("POST", "/v1/admin/retrain", {"models": [model], "force": True})["id"]
        while self.job(job)["state"] == "queued": time.sleep(0.05)
        return job

    def job(self, number): return self.call("GET", f"/v1/admin/jobs/{number}")

    def train(self, model):
        number = self.begin_training(model)
        while (job := self.job(number))["state"] == "running": time.sleep(0.5)
        if job["state"] != "succeeded": sys.exit(f"training: {job}")


def request(method, path, body=None):
    """The bytes of a request."""
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if content: head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"\r\n" + content


class Client:
    """One connection, one request at a time."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message):
        """The answer's status and content."""
        self.socket.sendall(message)
        answer = self.socket.recv(1 << 18)
        end = answer.find(b"\r\n\r\n") + 4
        length = int(re.search(rb"Content-Length: (\d+)", answer).group(1))
        while len(answer) < end + length: answer += self.socket.recv(1 << 18)
        return int(answer[9:12]), answer[end:]

    def close(self): self.socket.close()


class Load:
    """Requests at a constant rate from now until `stop`, each on a connection that is free; a wait is
    counted from when its request was due, so that those that a pause keeps from being sent count."""

    def __init__(self, port, message, rate, connections=8):
        self.port, self.message, self.rate = port, message, rate
        self.waits, self.runs, self.failure = [], True, None
        self.threads = [threading.Thread(target=self.run, args=(place, connections))
                        for place in range(connections)]
        for thread in self.threads: thread.start()

    def run(self, number, connections):
        client = Client(self.port)
        due = time.perf_counter() + number / self.rate
        while self.runs:
            time.sleep(max(0, due - time.perf_counter()))
            status, content = client.send(self.message(number))
            if status != 200: self.failure = content.decode()
            self.waits.append((due, (time.perf_counter() - due) * 1e3))
            number, due = number + connections, due + connections / self.rate

    def stop(self):
        self.runs = False
        for thread in self.threads: thread.join()
        if self.failure: sys.exit(self.failure)

    def show(self, name, start, end):
        """Of the requests that were due between two moments."""
        waits = [wait for due, wait in self.waits if start <= due < end]
        print(f"{name:32} {len(waits):6}: median {percentile(waits, 0.5):7.2f} ms, "
              f"p99 {percentile(waits, 0.99):7.2f} ms, longest {max(waits):7.2f} ms", flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
