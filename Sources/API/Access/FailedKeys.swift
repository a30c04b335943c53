import HTTP
import Support
import Synchronization

/// How often a client may bring a key that isn't valid: a token bucket for each client that has done
/// so lately. While its bucket is empty none of its keys is looked at, not even the right one.
///
/// Taken by the loops, under one lock that nobody takes while no bucket lacks a token. Of more clients
/// than are remembered, those that called longest ago begin anew.
final class FailedKeys: Sendable {
    private let rate: BucketRate
    private let clock: any MonotonicClock
    private let rememberedClients: Int
    private let buckets: Mutex<LRUCache<IPAddress, TokenBucket>>
    /// When the last of the buckets is full again, so that all can be forgotten. Written under the
    /// lock; `nothing` while there are none.
    private let allFullAt = Atomic<Int64>(nothing)

    private static let nothing = Int64.min

    init(_ rate: BucketRate, clock: any MonotonicClock, rememberedClients: Int = 65_536) {
        self.rate = rate
        self.clock = clock
        self.rememberedClients = rememberedClients
        buckets = Mutex(LRUCache(capacity: rememberedClients))
    }

    /// Nil where a key of this address may be looked at; else the nanoseconds until one may.
    func wait(of address: IPAddress) -> Int64? {
        guard allFullAt.load(ordering: .relaxed) != Self.nothing else { return nil }
        let now = clock.now().nanoseconds
        return buckets.withLock { buckets in
            guard now < allFullAt.load(ordering: .relaxed) else {
                buckets = LRUCache(capacity: rememberedClients)
                allFullAt.store(Self.nothing, ordering: .relaxed)
                return nil
            }
            return buckets.value(for: address.client)?.wait(at: now, rate)
        }
    }

    /// A key of this address wasn't valid.
    func note(_ address: IPAddress) {
        let (client, now) = (address.client, clock.now().nanoseconds)
        buckets.withLock { buckets in
            var bucket = buckets.value(for: client) ?? TokenBucket()
            guard bucket.take(at: now, rate) == nil else { return }
            buckets.insert(bucket, for: client, cost: 1)
            let last = max(allFullAt.load(ordering: .relaxed), bucket.fullAt)
            allFullAt.store(last, ordering: .relaxed)
        }
    }
}

extension Problem {
    /// - Parameter wait: In nanoseconds.
    static func tooManyFailedKeys(_ wait: Int64) -> Problem {
        var problem = tooManyRequests(
            "this address has sent too many keys that aren't valid; try again later", wait: wait)
        problem.reason = "too-many-failed-keys"
        return problem
    }
}
