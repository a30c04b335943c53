"""What the clients know to be stored, and what may be: the service's word against its file."""


class User:
    """A user whom one client writes to. An operation that was never answered is in doubt until the
    next start shows what became of it."""

    def __init__(self, name):
        self.name = name
        self.ids = set()
        self.past = set()  # every id that was ever stored: taken back and erased ones stay known
        self.doubt = None  # (kind, ids in their order)

    def may_be(self):
        """Every set of ids that the file may hold."""
        kind, ids = self.doubt or (None, [])
        yield self.ids
        if kind == "post": yield self.ids | set(ids)
        if kind == "erase": yield set()
        if kind == "take back": yield self.ids - set(ids)
        if kind == "stream":
            for end in range(CHUNK, len(ids), CHUNK): yield self.ids | set(ids[:end])
            yield self.ids | set(ids)

    def settle(self, found):
        """Takes what was found for the truth; a sentence where it can't be."""
        ids = set(found)
        if len(ids) != len(found): return f"{self.name} has {len(found) - len(ids)} events twice"
        if not any(ids == allowed for allowed in self.may_be()):
            lost, more = len(self.ids - ids), len(ids - self.ids)
            doubt = f"; in doubt was a {self.doubt[0]} of {len(self.doubt[1])}" if self.doubt else ""
            return f"{self.name} lacks {lost} acknowledged events and has {more} others{doubt}"
        self.ids, self.doubt = ids, None
        self.past |= ids
        return None


class Items:
    """The titles of items that one client writes; None for a deleted one."""

    def __init__(self):
        self.titles = {}
        self.doubt = {}  # all of these or none

    def settle(self, found):
        """`found` has the title of each item that was ever written."""
        if found == self.titles or found == {**self.titles, **self.doubt}:
            self.titles, self.doubt = found, {}
            return None
        wrong = [item for item in found if found[item] not in
                 (self.titles.get(item), self.doubt.get(item))]
        return f"items are neither as before nor as asked for: {wrong[:3] or 'a part of them is'}"

    def names(self): return self.titles.keys() | self.doubt.keys()


# How many lines of a stream are stored in one transaction (API.md).
CHUNK = 10_000
