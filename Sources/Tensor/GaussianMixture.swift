/// A prior of three normal distributions, each dimension by itself: the standard one, a given one,
/// and a wide one with mean 0.
package struct GaussianMixture: Sendable, Equatable {
    package var logStandardWeight: Double
    package var logGivenWeight: Double
    package var logWideWeight: Double
    package var wideLogVariance: Double

    /// Reference: Shenbin et al., "RecVAE", WSDM 2020, section 3.2, and the authors' code for the
    /// numbers: 3/20, 3/4 and 1/10, and a variance of e¹⁰.
    package static let ofRecVAE = GaussianMixture(
        logStandardWeight: -1.897_119_984_885_881, logGivenWeight: -0.287_682_072_451_780_9,
        logWideWeight: -2.302_585_092_994_045_5, wideLogVariance: 10)
}
