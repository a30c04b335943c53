#!/usr/bin/env python3
"""Kills the service at random moments while clients write to it, starts it again, and looks whether
everything that was acknowledged is there, once and whole.
Usage: torture.py PROGRAM ROUNDS [SEED]

In each round six clients post events in every form, take some back, erase users, write items and ask
for recommendations, while backups are made and models trained one after the other. Every fourth
round also loses what was not synced, as a power cut does (Tests/DiskFaults); of every five one is
killed while a checkpoint is written, and one while a user with many events is erased. The next start has to
show every client's users and items as they were acknowledged; what was never answered is there as a
whole or not at all, and what isn't there is sent again; ids of all rounds, erased ones too, have to be
known; counters, 'starling verify' and the last backup have to be in order. Ends with the counts, and with status 1 where anything is wrong."""
import collections, glob, os, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time
from clients import Repeater, Writer, back_up, train
from ledger import CHUNK
from service import Client, Service

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 6


class Torture:
    def __init__(self, program, seed, folder):
        self.program, self.folder = program, folder
        self.seed, self.random = seed, random.Random(seed)
        self.database = f"{folder}/log.sqlite"
        self.counts = collections.Counter()
        self.problems = []
        self.users, self.sequence = [], 0
        self.faults = f"{folder}/faults.so"
        subprocess.run(["clang" if shutil.which("clang") else "cc", "-O2", "-shared", "-fPIC", "-o",
                        self.faults, f"{HERE}/../DiskFaults/DiskFaults.c", "-ldl"], check=True)

    def round(self, number):
        self.loses = number % 4 == 3
        environment = {"LD_PRELOAD": self.faults, "DISK_FAULTS_SHADOWED": self.database,
                       "DISK_FAULTS_FOLDER": self.folder} if self.loses else {}
        service = Service(self.program, self.database, environment)
        writers = [Writer(f"r{number}c{client}", service.port, f"{self.seed}-{number}-{client}",
                          self.counts, erases=number % 5 == 2 and client == 0)
                   for client in range(CLIENTS)]
        repeaters = [Repeater(service.port, back_up), Repeater(service.port, train)]
        for thread in writers + repeaters: thread.start()
        self.wait(number)
        busy = [repeater.busy for repeater in repeaters]
        service.kill()
        for thread in writers + repeaters:
            thread.join()
            if thread.error: self.problems.append(f"round {number}: {thread.error}")
        self.counts["kills"] += 1
        self.counts["kills during a backup"] += busy[0]
        self.counts["kills during a training"] += busy[1]
        self.counts["uploads in doubt"] += sum(
            user.doubt is not None for writer in writers for user in writer.users)
        if self.loses: self.lose()
        self.counts["kills while a checkpoint was written"] += self.has_part_of_checkpoint()
        self.counts["kills while a user was half erased"] += self.has_part_of_user()
        self.check(number, writers, repeaters[0].done)

    def wait(self, number):
        """For a random time, or until the file holds a part of something."""
        part = {2: self.has_part_of_user, 4: self.has_part_of_checkpoint}.get(number % 5)
        if part:
            end = time.time() + 20
            while time.time() < end and not part(): time.sleep(0.002)
            time.sleep(self.random.random() * 0.02)
        else:
            time.sleep(0.03 + self.random.expovariate(2.5))

    def lose(self):
        """What a power cut leaves: only what was synced."""
        for name in [self.database, self.database + "-wal", self.database + "-shm"]:
            if os.path.exists(name): os.remove(name)
            if os.path.exists(name + ".synced"): os.rename(name + ".synced", name)
        self.counts["of them with a power cut"] += 1

    def has_part_of_checkpoint(self):
        return self.counted("SELECT count(*) FROM checkpoints WHERE state = 'writing'") > 0

    def has_part_of_user(self): return self.counted("SELECT count(*) FROM begun_erasures") > 0

    def counted(self, sql):
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try: return database.execute(sql).fetchone()[0]
        except sqlite3.OperationalError: return 0  # killed before it had made its tables
        finally: database.close()

    def check(self, number, writers, backups):
        """On the next start, before anybody else writes."""
        service = Service(self.program, self.database)
        client = Client(service.port)
        for writer in writers:
            self.sequence = max(self.sequence, writer.last_sequence)
            for user in writer.users: self.check_user(number, client, user)
            found = {}
            for name in writer.items.names():
                status, item = client.send("GET", f"/v1/items/{name}")
                found[name] = item["title"] if status == 200 else None
            # An item whose first write is in doubt has no title before.
            writer.items.titles = {name: writer.items.titles.get(name) for name in found}
            self.note(number, writer.items.settle(found))
            self.users += writer.users
        if self.problems: return service.kill()
        known = [user for user in self.users if user.past]
        for user in self.random.sample(known, min(len(known), 2 * CLIENTS)):
            self.repeat(number, client, user)
        stats = client.call("GET", "/v1/admin/stats")
        expected = sum(len(user.ids) for user in self.users)
        if stats["events"] != expected:
            self.note(number, f"{stats['events']} events are counted, not {expected}")
        if stats["lastSequence"] < self.sequence:
            self.note(number, f"sequence {stats['lastSequence']} after {self.sequence}")
        self.verify(number, self.database)
        if backups: self.verify(number, backups[-1])
        self.tidy(client, backups)
        if service.stop() != 0: self.note(number, "the service didn't stop in order")

    def check_user(self, number, client, user):
        doubt = user.doubt
        self.note(number, user.settle(client.events(user.name)))
        self.counts["users compared"] += 1
        if not doubt or doubt[0] not in ("post", "stream"): return
        there = len(user.ids.intersection(doubt[1]))
        self.counts["uploads found stored that were never answered"] += there == len(doubt[1])
        self.counts["streams found stored in part, in whole chunks"] += 0 < there < len(doubt[1])
        events = [{"id": id, "type": "like", "user": user.name, "item": "item-0"} for id in doubt[1]
                  if id not in user.ids]
        for first in range(0, len(events), CHUNK):
            part = events[first:first + CHUNK]
            answer = client.call("POST", "/v1/events", part)
            if answer["accepted"] != len(part): self.note(number, f"sent again: {answer}")
        if events:
            user.ids.update(doubt[1])
            user.past.update(doubt[1])

    def repeat(self, number, client, user):
        """No id is new that was stored once, whatever became of its event."""
        ids = self.random.sample(sorted(user.past), min(len(user.past), 300))
        events = [{"id": id, "type": "view", "user": user.name, "item": "item-0"} for id in ids]
        _, answer = client.send("POST", "/v1/events", events)
        codes = {rejection["code"] for rejection in answer["rejected"]}
        self.counts["known ids sent with other fields"] += len(ids)
        if answer["rejectedCount"] != len(ids) or codes != {"conflict"}:
            self.note(number, f"ids of {user.name} sent again: {answer}")

    def verify(self, number, database):
        run = subprocess.run([self.program, "verify", "--database", database],
                             capture_output=True, text=True)
        self.counts["verified files"] += 1
        if run.returncode != 0: self.note(number, f"verify: {run.stdout}{run.stderr}")

    def tidy(self, client, backups):
        """Keeps the file small: most users are erased, which has to last, too."""
        for name in backups: os.remove(name)
        for user in self.users:
            if user.ids and self.random.random() < 0.6:
                client.call("DELETE", f"/v1/users/{user.name}")
                user.ids = set()

    def finish(self):
        """All users of all rounds once more."""
        service = Service(self.program, self.database)
        client = Client(service.port)
        for user in self.users: self.note("at the end", user.settle(client.events(user.name)))
        if service.stop() != 0: self.note("at the end", "the service didn't stop in order")
        left = [name for name in glob.glob(f"{self.folder}/*") if name.endswith("part")]
        if len(left) > 1: self.note("at the end", f"left behind: {left}")
        self.verify("at the end", self.database)

    def note(self, number, problem):
        if problem: self.problems.append(f"round {number}: {problem}")


def main():
    program, rounds = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        torture = Torture(program, seed, folder)
        start = time.time()
        signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"seed {seed}: a round took ten minutes"))
        for number in range(rounds):
            signal.alarm(600)
            torture.round(number)
            if torture.problems: break
            if number % 20 == 19:
                print(f"{number + 1} rounds, {time.time() - start:.0f} s", flush=True)
        torture.finish()
    for name, count in torture.counts.items(): print(f"{count:9} {name}")
    for problem in torture.problems: print(problem)
    if torture.problems: sys.exit(f"seed {seed}: {len(torture.problems)} problems")
    print("every acknowledged write is there, once and whole")


if __name__ == "__main__": main()
