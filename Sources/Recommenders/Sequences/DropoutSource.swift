import Support
import Tensor

/// Gives each dropout a mask of its own; none when serving.
struct DropoutSource {
    private let probability: Double
    private var random: RandomSource

    static let none = DropoutSource(probability: 0, random: RandomSource(seed: 0))

    init(probability: Double, random: RandomSource) {
        self.probability = probability
        self.random = random
    }

    mutating func next() -> DropoutMask? {
        guard probability > 0 else { return nil }
        return DropoutMask(probability: probability, key: random.next())
    }
}
