"""Clients that write without a pause until the service is gone. Each has users and items of its own
and asks for one thing at a time, so that it knows what must be stored and what may be."""
import json, random, threading
from ledger import CHUNK, Items, User
from service import Client, Gone

ITEMS = 1200


class Writer(threading.Thread):
    """Posts events in every form, takes some back, erases users, writes items."""

    def __init__(self, name, port, seed, counts, erases=False):
        """One that `erases` does nothing but post users with many events and erase them."""
        super().__init__()
        self.erases = erases
        self.name, self.port, self.counts = name, port, counts
        self.random = random.Random(seed)
        self.users = [User(f"{name}-u{number}") for number in range(3)]
        self.items = Items()
        self.number = 0
        self.last_sequence = 0
        self.error = None

    def run(self):
        client = Client(self.port)
        steps = [(self.post, 60), (self.take_back, 6), (self.erase, 3), (self.put_item, 8),
                 (self.put_items, 4), (self.delete_item, 3), (self.recommend, 16)]
        if self.random.random() < 0.3: steps.append((self.stream, 2))
        if self.erases: steps = [(self.stream_and_erase, 1)]
        try:
            while True:
                step = self.random.choices([s for s, _ in steps], [w for _, w in steps])[0]
                step(client, self.random.choice(self.users))
        except Gone: pass
        except Exception as error: self.error = f"{self.name}: {error!r}"

    def make(self, user, count):
        """So many events that nobody has seen."""
        self.number += 1
        return [{"id": f"{user.name}-{self.number}-{place}", "type": "like", "user": user.name,
                 "item": f"item-{self.random.randrange(ITEMS)}",
                 "properties": {"padding": "x" * self.random.randrange(60)}}
                for place in range(count)]

    def post(self, client, user):
        form = self.random.choice(["single", "array", "object", "lines"])
        count = 1 if form == "single" else 1 + int(self.random.paretovariate(0.8)) % 400
        events = self.make(user, count)
        body = {"single": events[0], "array": events, "object": {"events": events}}.get(form)
        self.append(client, user, "post", events, body)

    def stream(self, client, user):
        """More lines than one transaction takes, of a user of their own."""
        user = User(f"{user.name}-s{self.number}")
        self.users.append(user)
        self.append(client, user, "stream", self.make(user, 2 * CHUNK + 5000), None)

    def stream_and_erase(self, client, user):
        self.stream(client, user)
        self.erase(client, self.users[-1])

    def append(self, client, user, kind, events, body):
        user.doubt = (kind, [event["id"] for event in events])
        type = "application/json"
        if body is None:
            type = "application/x-ndjson"
            body = "\n".join(map(json.dumps, events)).encode()
        status, answer = client.send("POST", "/v1/events", body, type)
        assert status == 200 and answer["accepted"] == len(events), (status, answer)
        assert answer["lastSequence"] >= self.last_sequence + len(events), answer
        self.last_sequence = answer["lastSequence"]
        user.ids.update(user.doubt[1])
        user.past.update(user.doubt[1])
        user.doubt = None
        self.counts["events acknowledged"] += len(events)
        self.counts["uploads acknowledged"] += 1

    def take_back(self, client, user):
        if not user.ids: return
        id = self.random.choice(sorted(user.ids))
        user.doubt = ("take back", [id])
        status, answer = client.send("DELETE", f"/v1/events/{id}")
        assert status == 204, (status, answer)
        user.ids.remove(id)
        user.doubt = None
        self.counts["events taken back"] += 1

    def erase(self, client, user):
        if not user.ids: return
        user.doubt = ("erase", [])
        status, answer = client.send("DELETE", f"/v1/users/{user.name}")
        assert status in (200, 202, 204), (status, answer)
        self.counts["events erased"] += len(user.ids)
        self.counts["users erased"] += 1
        user.ids, user.doubt = set(), None

    def put_item(self, client, _): self.write_items(client, 1)
    def put_items(self, client, _): self.write_items(client, 1 + self.random.randrange(50))

    def write_items(self, client, count):
        self.number += 1
        names = [f"{self.name}-i{self.random.randrange(200)}" for _ in range(count)]
        self.items.doubt = {name: f"title {self.number}" for name in names}
        items = [{"id": id, "title": title} for id, title in self.items.doubt.items()]
        if count == 1: client.call("PUT", f"/v1/items/{names[0]}", items[0])
        else: client.call("POST", "/v1/items", items)
        self.settle_items()

    def delete_item(self, client, _):
        there = [name for name, title in self.items.titles.items() if title]
        if not there: return
        name = self.random.choice(there)
        self.items.doubt = {name: None}
        client.call("DELETE", f"/v1/items/{name}")
        self.settle_items()

    def settle_items(self):
        self.items.titles.update(self.items.doubt)
        self.counts["items written"] += len(self.items.doubt)
        self.items.doubt = {}

    def recommend(self, client, user):
        client.call("GET", f"/v1/users/{user.name}/recommendations?k=5")
        self.counts["recommendations"] += 1


class Repeater(threading.Thread):
    """Makes backups, or trains, one after the other; `busy` says whether one is under way."""

    def __init__(self, port, work):
        super().__init__()
        self.port, self.work = port, work
        self.busy = False
        self.done = []
        self.error = None

    def run(self):
        client = Client(self.port)
        try:
            while True: self.work(self, client)
        except Gone: pass
        except Exception as error: self.error = repr(error)


def back_up(repeater, client):
    repeater.busy = True
    repeater.done.append(client.call("POST", "/v1/admin/backup")["file"])
    repeater.busy = False


def train(repeater, client):
    job = client.call("POST", "/v1/admin/retrain", {"models": ["ease"], "force": True})["id"]
    repeater.busy = True
    while (state := client.call("GET", f"/v1/admin/jobs/{job}"))["state"] in ("queued", "running"):
        threading.Event().wait(0.01)
    assert state["state"] == "succeeded", state
    repeater.done.append(job)
    repeater.busy = False
