import Testing

@testable import Tensor

@Suite struct TimeGapTests {
    @Test(
        arguments: [
            (-1, 0), (0, 0), (1, 1), (2, 3), (3, 4), (4, 5), (5, 5), (6, 6), (7, 6), (8, 7),
            (11, 7),
            (12, 8), (16, 9), (86_400, 33), (1 << 20, 41), (3 << 20, 44), (Int32.max, 63),
        ] as [(Int32, Int)])
    func classesAreHalfOctaves(gap: Int32, bucket: Int) {
        #expect(TimeGap.bucket(from: 1000 &- gap, to: 1000) == bucket)
        #expect(TimeGap.bucket(from: 0, to: gap) == bucket)
    }

    /// A difference that wraps around counts as no gap, and stays in the table.
    @Test func timesBeyondAllBoundsStayInTheTable() {
        #expect(TimeGap.bucket(from: .min, to: .max) == 0)
        #expect(TimeGap.bucket(from: .max, to: .min) == 1)
        #expect(TimeGap.bucket(from: .min, to: -1) == 63)
    }

    /// The second before the end is in the class or below, the end is above it.
    @Test(arguments: 0..<TimeGap.bucketCount)
    func endIsTheFirstGapOfAHigherClass(bucket: Int) throws {
        guard let end = TimeGap.end(of: bucket) else {
            #expect(bucket == TimeGap.bucketCount - 1)
            return
        }
        #expect(bucket < TimeGap.bucketCount - 1)
        let gap = try #require(Int32(exactly: end))
        #expect(TimeGap.bucket(from: 0, to: gap) > bucket)
        #expect(TimeGap.bucket(from: 0, to: gap - 1) <= bucket)
    }

    @Test func classesNeverFall() {
        var last = 0
        for shift in 0..<31 {
            for gap in [(1 << shift) - 1, 1 << shift, 3 << (shift - 1)] where gap < Int32.max {
                let bucket = TimeGap.bucket(from: 0, to: Int32(gap))
                #expect(bucket >= last && bucket < TimeGap.bucketCount)
                last = bucket
            }
        }
        #expect(last > 60)
    }
}
