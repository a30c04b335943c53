import Foundation
import Tensor

/// Keeps the smallest weights of some matrices at 0 while they are trained, more of them from epoch
/// to epoch; the others learn to do without them.
///
///     s_t = s (1 − (1 − t)³)        t: 0 before training, 1 when the share s is reached
///
/// The share is of each row: of a whole matrix an item that few know would lose all of its numbers,
/// which are small while there is little to learn from. What is 0 stays 0: it is among the smallest
/// ever after.
///
/// Reference: by magnitude: Han et al., "Learning both Weights and Connections for Efficient Neural
/// Networks", NIPS 2015; gradually: Zhu & Gupta, "To Prune, or Not to Prune: Exploring the Efficacy
/// of Pruning for Model Compression", ICLR 2018 workshop, section 3.
/// Differs: rows, not layers; weights are chosen once an epoch; a model that is taken before the share is reached has
/// it all the same (`pruned`).
package struct Pruning: Sendable {
    private let share: Double
    private let epochs: Int
    private let matrices: [ParameterID]
    /// Of each matrix, by element: 1, or 0 where it is kept at 0. Empty before the first epoch.
    private var masks: [[Float]] = []
    private var epoch: Int

    /// - Parameters:
    ///   - share: s, below 1; nil is made of 0.
    ///   - epochs: In so many the share is reached; with 0 the first one begins with it, as suits
    ///     weights that were pruned before.
    package init?(share: Double, epochs: Int, matrices: [ParameterID]) {
        precondition(share >= 0 && share < 1 && epochs >= 0, "\(share) in \(epochs) epochs")
        guard share > 0 else { return nil }
        self.share = share
        self.epochs = epochs
        self.matrices = matrices
        epoch = 0
    }

    /// Chooses the weights that are 0 in the epoch that begins, and makes them so.
    package mutating func beginEpoch(_ store: inout ParameterStore<Float>) {
        epoch += 1
        let missing = 1 - min(1, Double(epoch) / Double(max(epochs, 1)))
        let share = share * (1 - pow(missing, 3))
        masks = matrices.map { Self.mask(of: store[$0], share: share) }
        apply(to: &store)
    }

    /// To be called after each step of an optimizer, which moves weights that are 0 too.
    package func apply(to store: inout ParameterStore<Float>) {
        for (id, mask) in zip(matrices, masks) {
            store.withElements(of: id) { weights in
                for place in weights.indices { weights[place] *= mask[place] }
            }
        }
    }

    /// Weights with the whole share of 0.
    package func pruned(_ store: ParameterStore<Float>) -> ParameterStore<Float> {
        var pruned = store
        for id in matrices {
            let mask = Self.mask(of: store[id], share: share)
            pruned.withElements(of: id) { weights in
                for place in weights.indices { weights[place] *= mask[place] }
            }
        }
        return pruned
    }

    /// 0 for the smallest weights of each row, of equals the first ones; 1 for the others.
    private static func mask(of matrix: Tensor<Float>, share: Double) -> [Float] {
        let width = matrix.columnCount
        let count = Int((share * Double(width)).rounded(.down))
        guard count > 0 else { return Array(repeating: 1, count: matrix.count) }
        var mask: [Float] = []
        mask.reserveCapacity(matrix.count)
        for row in 0..<matrix.rowCount {
            let magnitudes = matrix.elements[row * width..<(row + 1) * width].map(abs)
            let bound = magnitudes.sorted()[count - 1]
            var equals = count - magnitudes.count { $0 < bound }
            for magnitude in magnitudes {
                let isSmall = magnitude < bound || (magnitude == bound && equals > 0)
                if magnitude == bound { equals -= 1 }
                mask.append(isSmall ? 0 : 1)
            }
        }
        return mask
    }
}

extension ParameterStore {
    /// The parameters with two dimensions.
    package var matrices: [ParameterID] { ids.filter { self[$0].shape.count == 2 } }
}
