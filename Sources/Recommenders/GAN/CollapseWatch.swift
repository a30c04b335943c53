import NeuralNetwork
import Tensor

/// Notices a generator that answers all users alike: mode collapse.
///
/// Measured on a few users is the mean cosine similarity of each one's preferences with the next
/// one's, every few steps of the generator, however many make an epoch. Above the limit some times on
/// end it is a collapse, unless the users themselves are that much alike. The usual cause: without zero reconstruction and partial masking, liking
/// everything deceives the discriminator.
///
/// Reference: the cause: Chae et al., CIKM 2018, section 3.3; collapse: Goodfellow, "NIPS 2016
/// Tutorial: Generative Adversarial Networks", section 5.1.1.
struct CollapseWatch {
    static let limit = 0.999
    /// Generator steps from one look to the next.
    static let interval = 16
    /// Looks on end above the limit.
    static let patience = 20
    private static let probeSize = 64

    private let probe: [[Int32]]
    private let areAlike: Bool
    private var looksAlike = 0

    /// - Parameter users: Items of each; a few of them, evenly spread, are watched.
    init(users: [[Int32]], itemCount: Int) {
        let step = max(1, users.count / Self.probeSize)
        let probe = stride(from: 0, to: users.count, by: step).prefix(Self.probeSize)
            .map { users[$0] }
        self.probe = probe
        var vectors = Tensor<Float>(zeros: [probe.count, itemCount])
        for (row, items) in probe.enumerated() {
            for item in items { vectors.elements[row * itemCount + Int(item)] = 1 }
        }
        areAlike = Self.similarity(vectors) > Self.limit
    }

    /// Looks where it is time to.
    ///
    /// - Parameters:
    ///   - step: Of the generator, from 1.
    ///   - preferences: What the generator makes of users, `[users × items]`.
    /// - Throws: `TrainingError.collapsed` at the last of `patience` looks above the limit.
    mutating func observe(
        step: Int, epoch: Int, preferences: ([[Int32]]) -> Tensor<Float>
    ) throws(TrainingError) {
        guard !areAlike, step % Self.interval == 0 else { return }
        let similarity = Self.similarity(preferences(probe))
        looksAlike = similarity > Self.limit ? looksAlike + 1 : 0
        if looksAlike >= Self.patience {
            throw .collapsed(epoch: epoch, similarity: similarity)
        }
    }

    /// The mean cosine of neighbouring rows; 0 for a single one.
    static func similarity(_ vectors: Tensor<Float>) -> Double {
        let (rows, width) = (vectors.rowCount, vectors.columnCount)
        guard rows > 1 else { return 0 }
        func product(_ first: Int, _ second: Int) -> Double {
            (0..<width).reduce(0) {
                $0 + Double(vectors.elements[first * width + $1])
                    * Double(vectors.elements[second * width + $1])
            }
        }
        let lengths = (0..<rows).map { product($0, $0).squareRoot() }
        let cosines = (1..<rows).map { row in
            product(row - 1, row) / max(lengths[row - 1] * lengths[row], .leastNormalMagnitude)
        }
        return cosines.reduce(0, +) / Double(rows - 1)
    }
}
