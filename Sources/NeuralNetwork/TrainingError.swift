/// Why a training can't go on.
package enum TrainingError: Error, Equatable {
    /// A weight of the parameter, or the loss where it is called "loss", is not a number or
    /// infinite after the step.
    case notFinite(parameter: String, step: Int)
}
