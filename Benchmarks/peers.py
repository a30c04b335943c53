"""Imported by the benchmarks that measure the service beside other servers on the same cores."""
import os, re, signal, statistics, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../.build/release/starling")
HUMMINGBIRD = os.path.join(HERE, "HummingbirdPeer/.build/release/peer")
NGINX_PORT, HUMMINGBIRD_PORT = 18080, 18081
NGINX = """
worker_processes 2; daemon off; pid %s/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off; default_type application/json; keepalive_requests 100000000;
    server { listen 127.0.0.1:%d%s; location / { return 200 '{"status":"ok"}'; } }
}
"""


class Peer:
    """A server that runs, and what it took so far."""

    def __init__(self, name, command, port=None):
        self.name, self.rates, self.costs = name, [], []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "STARLING_RETRAIN_ENABLED": "false", "STARLING_LOG_LEVEL": "warning",
                 "LOG_LEVEL": "warning"})
        if port is None:
            line = self.process.stdout.readline()
            port = re.search(r":(\d+)$", line.strip()).group(1)
        self.url = f"http://127.0.0.1:{port}/health/live"

    def cpu(self):
        """Seconds, those of its children too."""
        ticks = 0
        for pid in [p for p in os.listdir("/proc") if p.isdigit()]:
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(pid) == self.process.pid or int(fields[1]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def starling(folder, program=PROGRAM, name="starling"):
    path = f"{folder}/{name.replace('/', '-')}.sqlite"
    return Peer(name, [program, "serve", "--listen", "127.0.0.1:0", "--database", path])


def nginx(folder, http2=False):
    with open(folder + "/nginx.conf", "w") as file:
        file.write(NGINX % (folder, NGINX_PORT, " http2" if http2 else ""))
    return Peer("nginx", ["nginx", "-p", folder, "-c", folder + "/nginx.conf"], NGINX_PORT)


def hummingbird():
    """None where it isn't built: swift build -c release --package-path Benchmarks/HummingbirdPeer"""
    if not os.path.exists(HUMMINGBIRD): return None
    return Peer("hummingbird", [HUMMINGBIRD, str(HUMMINGBIRD_PORT)], HUMMINGBIRD_PORT)


def spread(values, form):
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def compare(name, peer, rates, peers):
    """How many times a peer's rates ours are, round by round."""
    ratios = [a / b for a, b in zip(rates, peers)]
    print(f"{name} / {peer}: {spread(ratios, '.3f')}")
