/// Which elements are set to 0, and how much the others are scaled up so that the expectation
/// stays: a function of the element's number and a key, so that nothing has to be kept for the
/// derivative.
///
/// Reference: Srivastava et al., "Dropout", JMLR 2014, section 10 ("inverted" dropout). The hash is
/// C. Wellons' "lowbias32" with the key's upper half mixed in.
package struct DropoutMask: Sendable, Equatable {
    package let key: UInt64
    /// Elements whose hash is below this are dropped.
    let threshold: UInt32
    let scale: Double

    /// - Parameter probability: in `0..<1`
    package init(probability: Double, key: UInt64) {
        precondition((0..<1).contains(probability), "dropout with probability \(probability)")
        self.key = key
        threshold = UInt32(probability * 0x1p32)
        scale = 1 / (1 - probability)
    }

    /// What the element of the given number is multiplied with: 0 or the scale.
    package func factor(_ index: Int) -> Double {
        var x = UInt32(truncatingIfNeeded: index) &+ UInt32(truncatingIfNeeded: key)
        x ^= x >> 16
        x = x &* 0x7feb_352d
        x ^= UInt32(truncatingIfNeeded: key >> 32)
        x ^= x >> 15
        x = x &* 0x846c_a68b
        x ^= x >> 16
        return x >= threshold ? scale : 0
    }
}
