/// A nonlinearity, applied to each element.
package enum Activation: String, Sendable, CaseIterable {
    case tanh
    /// max(0, x)
    case relu
    /// x Φ(x), with Φ by tanh.
    ///
    /// Reference: Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016, section 2.
    case gelu
    /// 1 / (1 + e⁻ˣ)
    case sigmoid
    /// x / (1 + e⁻ˣ)
    ///
    /// Reference: Elfwing, Uchibe & Doya, "Sigmoid-Weighted Linear Units", Neural Networks 107,
    /// 2018.
    case silu
}
