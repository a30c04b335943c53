import Support
import Testing

@Suite struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test func givesItsBurstAndNotOneMore() {
        var bucket = TokenBucket()
        let rate = BucketRate(perSecond: 2, burst: 3)
        for _ in 0..<3 { #expect(bucket.take(at: 0, rate) == nil) }
        #expect(bucket.take(at: 0, rate) == Self.second / 2)
        #expect(bucket.take(at: Self.second / 2 - 1, rate) == 1)
        #expect(bucket.take(at: Self.second / 2, rate) == nil)
        #expect(bucket.take(at: Self.second / 2, rate) != nil)
        for _ in 0..<3 { #expect(bucket.take(at: 100 * Self.second, rate) == nil) }
        #expect(bucket.take(at: 100 * Self.second, rate) != nil)
    }

    @Test func lookingCostsNothing() {
        var bucket = TokenBucket()
        let rate = BucketRate(perSecond: 1, burst: 2)
        for _ in 0..<5 { #expect(bucket.wait(at: 0, rate) == nil) }
        #expect(bucket.take(at: 0, rate) == nil)
        #expect(bucket.wait(at: 0, rate) == nil)
        #expect(bucket.fullAt == Self.second)
        #expect(bucket.take(at: 0, rate) == nil)
        #expect(bucket.wait(at: 0, rate) == Self.second)
        #expect(bucket.wait(at: Self.second, rate) == nil)
        #expect(bucket.fullAt == 2 * Self.second)
    }

    @Test func refusalsCostNothing() {
        var bucket = TokenBucket()
        let rate = BucketRate(perSecond: 1, burst: 1)
        #expect(bucket.take(at: 0, rate) == nil)
        for _ in 0..<1000 { #expect(bucket.take(at: Self.second - 1, rate) == 1) }
        #expect(bucket.take(at: Self.second, rate) == nil)
    }

    /// Against a bucket that counts its tokens.
    @Test(arguments: 0..<20)
    func acceptsWhatABucketOfTokensAccepts(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let (perSecond, burst) = (
            Int.random(in: 1...50, using: &random), Int.random(in: 1...20, using: &random)
        )
        let rate = BucketRate(perSecond: Double(perSecond), burst: burst)
        let interval = Self.second / Int64(perSecond)
        var (bucket, tokens, last) = (TokenBucket(), Int64(burst) * interval, Int64(0))
        var now: Int64 = 0
        for _ in 0..<2000 {
            now += Int64.random(in: 0...(2 * interval), using: &random)
            tokens = min(Int64(burst) * interval, tokens + now - last)
            last = now
            let isAccepted = tokens >= interval
            if isAccepted { tokens -= interval }
            #expect((bucket.take(at: now, rate) == nil) == isAccepted)
        }
    }
}
