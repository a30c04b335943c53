import Support

/// Leaves out what is older than so many days, counted from the newest event.
struct TrainWindow: PreprocessingStep {
    let days: Double

    var name: String { "window" }

    func apply(to log: inout PreprocessedLog) -> String {
        let start = log.newest + .seconds(-days * 86_400)
        for index in log.events.indices where log.events[index].interaction.time < start {
            log.drop(index)
        }
        return "older than \(days.shortText) days"
    }
}
