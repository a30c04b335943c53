import HTTP
import Support
import Synchronization

/// A token bucket for each key and, where a request has none, for each client.
///
/// Taken by the loops, under one lock. Of more callers than are remembered, those that called longest
/// ago begin with a full bucket again, which most of them have by then.
final class RequestRates: Sendable {
    private let rate: BucketRate
    private let clock: any MonotonicClock
    private let buckets: Mutex<LRUCache<Caller, TokenBucket>>

    private enum Caller: Hashable {
        case key(CallerID)
        case client(IPAddress)
    }

    init(_ rate: BucketRate, clock: any MonotonicClock, rememberedCallers: Int = 65_536) {
        self.rate = rate
        self.clock = clock
        buckets = Mutex(LRUCache(capacity: rememberedCallers))
    }

    /// Counts a request whose caller is known, or isn't.
    ///
    /// - Throws: `Problem` (429) beyond the rate.
    func count(_ request: Request) throws {
        let caller: Caller
        switch request.caller {
        case .command: return
        case .unknown, .loopback: caller = .client(request.clientAddress.client)
        default: caller = .key(request.caller)
        }
        let now = clock.now().nanoseconds
        let wait = buckets.withLock { [rate] buckets in
            var bucket = buckets.value(for: caller) ?? TokenBucket()
            let wait = bucket.take(at: now, rate)
            if wait == nil { buckets.insert(bucket, for: caller, cost: 1) }
            return wait
        }
        guard let wait else { return }
        throw Problem.tooManyRequests(
            "more requests than this caller may send; try again later", wait: wait)
    }
}

extension Problem {
    /// - Parameter wait: Until it is worth another try, in nanoseconds.
    static func tooManyRequests(_ detail: String, wait: Int64) -> Problem {
        Problem(
            .tooManyRequests, type: "too-many-requests", detail,
            fields: ["Retry-After": String((wait + 999_999_999) / 1_000_000_000)])
    }
}
