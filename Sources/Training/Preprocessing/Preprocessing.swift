import Store
import Support
import TrainerPipe

/// The stage between the log and the data set: which events are trained on, and how much each
/// counts. What it left out, and why, is the report.
///
/// It concerns training alone: users are answered, and held-out users are measured on, by all that
/// they did, save those who are no people. What each type of event weighs is no step of it: answers
/// need that too, so it comes with the events.
struct Preprocessing {
    let settings: PreprocessingSettings

    /// - Parameter catalogue: The items that are not deleted.
    func run(
        on log: inout PreprocessedLog, catalogue: [ItemKey: ItemID]
    ) -> PreprocessingReport {
        let whole = log.counts()
        var before = whole
        var steps: [PreprocessingReport.Step] = []
        for step in self.steps(catalogue) {
            let reason = step.apply(to: &log)
            let after = log.counts()
            steps.append(.init(name: step.name, reason: reason, dropped: before - after))
            before = after
        }
        return PreprocessingReport(log: whole, steps: steps, kept: before)
    }

    /// Those that are switched on. Counts come after what makes events untrue.
    private func steps(_ catalogue: [ItemKey: ItemID]) -> [any PreprocessingStep] {
        var steps: [any PreprocessingStep] = [DeletedItems(catalogue: catalogue)]
        if settings.windowDays > 0 { steps.append(TrainWindow(days: settings.windowDays)) }
        if settings.duplicateSeconds > 0 {
            steps.append(Duplicates(seconds: settings.duplicateSeconds))
        }
        if settings.maximumEventsPerDay > 0 {
            steps.append(Bots(maximumEventsPerDay: settings.maximumEventsPerDay))
        }
        if max(settings.minimumEventsPerUser, settings.minimumEventsPerItem) > 1 {
            steps.append(
                MinimumCounts(
                    perUser: settings.minimumEventsPerUser,
                    perItem: settings.minimumEventsPerItem))
        }
        steps.append(UnlikedItems())
        if settings.halfLifeDays > 0 {
            steps.append(TimeDecay(halfLifeDays: settings.halfLifeDays))
        }
        return steps
    }
}
