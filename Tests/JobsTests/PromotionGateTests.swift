import Testing
import TrainerPipe

@testable import Jobs

@Suite struct PromotionGateTests {
    private func measured(
        over version: Int?, incumbent: Double = 0.4, difference: Double, users: Int = 50
    ) -> GateMeasurement {
        GateMeasurement(
            metric: "ndcg@10", incumbentVersion: version, candidate: incumbent + difference,
            incumbent: incumbent, difference: difference, lower: difference - 0.01,
            upper: difference + 0.01, users: users)
    }

    @Test(
        arguments: [
            (nil, 0.01, true), (nil, 0, false), (nil, -0.01, false), (6, 0.01, true), (6, 0, true),
            (6, -0.0039, true), (6, -0.0041, false), (6, -0.2, false),
        ] as [(Int?, Double, Bool)])
    func decides(version: Int?, difference: Double, isPromoted: Bool) {
        let measurement = measured(over: version, difference: difference)
        let verdict = PromotionGate.verdict(on: measurement, isForced: false)
        #expect(verdict.isPromoted == isPromoted)
        #expect(verdict.reason.hasPrefix("kept aside: ") == !isPromoted)
        #expect(PromotionGate.verdict(on: measurement, isForced: true).isPromoted)
    }

    @Test func keepsAsideWhatNobodyCouldMeasure() {
        for version in [nil, 6] {
            let measurement = measured(over: version, difference: 0, users: 0)
            #expect(!PromotionGate.verdict(on: measurement, isForced: false).isPromoted)
            #expect(PromotionGate.verdict(on: measurement, isForced: true).isPromoted)
        }
    }

    @Test func saysWhatWasMeasured() {
        let better = PromotionGate.verdict(
            on: measured(over: 6, difference: 0.004), isForced: false)
        #expect(better.reason == "ndcg@10 +0.0040 (−0.0060 to +0.0140) over version 6")
        let first = measured(over: nil, difference: -0.25)
        #expect(
            PromotionGate.verdict(on: first, isForced: false).reason
                == "kept aside: ndcg@10 −0.2500 (−0.2600 to −0.2400) over popularity")
        #expect(
            PromotionGate.verdict(on: first, isForced: true).reason
                == "forced; ndcg@10 −0.2500 (−0.2600 to −0.2400) over popularity")
    }
}
