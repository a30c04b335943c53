/// Why a training can't go on.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
    /// A weight of the parameter, or the loss where it is called "loss", is not a number or
    /// infinite after the step.
    case notFinite(parameter: String, step: Int)
    /// A generator answers all users alike, with this mean cosine similarity of their answers.
    case collapsed(epoch: Int, similarity: Double)

    package var description: String {
        switch self {
        case .notFinite(let parameter, let step):
            "the training diverged: \(parameter) is not finite after step \(step)"
        case .collapsed(let epoch, let similarity):
            "the training collapsed: in epoch \(epoch) the generator answers all users alike, "
                + "with a cosine similarity of \(similarity)"
        }
    }
}
