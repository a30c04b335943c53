import NeuralNetwork
import Tensor

/// A part of an epoch: who is trained, and how often.
struct VAEPhase {
    let parameters: [ParameterID]
    let trainsEncoder: Bool
    let dropoutProbability: Double
    let passes: Int
    var adam: Adam<Float>

    /// One phase that trains all, or two in turn.
    ///
    /// Reference: Shenbin et al., "RecVAE", WSDM 2020, section 3.4, algorithm 1.
    static func all(of network: VAENetwork, _ store: ParameterStore<Float>) -> [VAEPhase] {
        let settings = network.settings
        func phase(
            _ parameters: [ParameterID], trainsEncoder: Bool, dropout: Double, passes: Int
        ) -> VAEPhase {
            VAEPhase(
                parameters: parameters, trainsEncoder: trainsEncoder, dropoutProbability: dropout,
                passes: passes,
                adam: Adam(
                    learningRate: settings.learningRate, for: store, parameters: parameters))
        }
        let dropout = settings.dropoutProbability
        guard settings.encoderPasses > 0 else {
            return [phase(store.ids, trainsEncoder: true, dropout: dropout, passes: 1)]
        }
        return [
            phase(
                network.encoderParameters, trainsEncoder: true, dropout: dropout,
                passes: settings.encoderPasses),
            phase(network.decoderParameters, trainsEncoder: false, dropout: 0, passes: 1),
        ]
    }
}
