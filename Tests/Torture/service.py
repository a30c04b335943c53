"""The program, started and killed, and the least client for it."""
import atexit, http.client, json, os, re, signal, subprocess

# Small, so that a training ends within a round; EASE's weights are some MiB, so that they are
# written in several parts.
SETTINGS = {
    "STARLING_MODELS_ENABLED": "ease", "STARLING_RETRAIN_ENABLED": "false",
    "STARLING_LOG_LEVEL": "error", "STARLING_STORE_KEPT_CHECKPOINTS": "1",
}


class Gone(Exception):
    """The service was killed before it had answered."""


class Service:
    def __init__(self, program, database, environment={}):
        self.process = subprocess.Popen(
            [program, "serve", "--database", database, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True, env={**os.environ, **SETTINGS, **environment})
        atexit.register(self.process.kill)  # harmless where it has ended
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)$", line.strip())
        if not found: raise SystemExit(f"the service didn't start: status {self.process.wait()}")
        self.port = int(found.group(1))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait()


class Client:
    """One connection, one request at a time."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def send(self, method, path, body=None, type="application/json"):
        """The answer's status and JSON; `Gone` where there is none."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.connection.request(
                method, path, content, {"Content-Type": type} if content is not None else {})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise Gone() from error
        return answer.status, json.loads(text) if text else None

    def call(self, method, path, body=None):
        """The JSON of an answer that must be a good one."""
        status, answer = self.send(method, path, body)
        if status >= 300: raise AssertionError(f"{method} {path}: {status} {answer}")
        return answer

    def events(self, user):
        """The ids of a user's events; none for a user who isn't there."""
        ids, before = [], ""
        while True:
            status, answer = self.send("GET", f"/v1/users/{user}/events?limit=1000{before}")
            if status == 404: return []
            assert status == 200, answer
            ids += [event["id"] for event in answer["events"]]
            if len(answer["events"]) < 1000: return ids
            before = f"&before={answer['events'][-1]['sequence']}"
