# Sourced by the benchmarks: a service on a database of its own, gone at the end.
starling=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.build/release/starling
[ -x "$starling" ] || { echo "run 'make build' first" >&2; exit 1; }
work=$(mktemp -d)
service=
trap '[ -n "$service" ] && kill "$service" 2>/dev/null && wait "$service" 2>/dev/null; rm -rf "$work"' EXIT

seconds_since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }'; }

# Starts a service on $work/log.sqlite; its address is in $url once it is ready.
start_service() {
    : >"$work/out"
    STARLING_RETRAIN_ENABLED=false "$starling" serve --database "$work/log.sqlite" \
        --listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
    service=$!
    url=
    until [ -n "$url" ]; do
        kill -0 "$service" 2>/dev/null || { cat "$work/err" >&2; exit 1; }
        url=$(sed -n 's/^starling listens on //p' "$work/out")
        sleep 0.005
    done
    until [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/health/ready")" = 200 ]; do sleep 0.005; done
}

stop_service() {
    kill -TERM "$service"
    wait "$service"
    service=
}
