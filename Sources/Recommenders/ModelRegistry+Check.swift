import Evaluation
import Events
import Support

extension ModelRegistry {
    /// Finds wrong settings before there is anything to train on: makes the model's learner for a
    /// log of one like, since each family reads its settings there, before it looks at the data.
    ///
    /// - Parameter settings: Over the defaults of the kind of model that has this name.
    /// - Throws: `ModelError.unknownSetting` and `invalidSetting`.
    package static func check(_ settings: ModelSettings, of name: String) throws {
        do {
            if let family = family(named: name) {
                _ = try StoppingSettings(try settings.over(family.defaults))
                _ = try family.makeLearner(
                    oneLike, LearnerOptions(seed: 1, workers: 1, settings: settings))
            } else if let family = combiningFamily(named: name) {
                _ = try family.candidates(settings)
                _ = try family.combine(
                    [:],
                    CombiningOptions(
                        itemCount: 1, validation: [], metric: MetricKey(.ndcg, at: 10), workers: 1,
                        settings: settings))
            }
        } catch let error as ModelError {
            switch error {
            case .unknownSetting, .invalidSetting: throw error
            default: break  // One like is too little to learn from.
            }
        }
    }

    private static var oneLike: TrainingSet {
        let like = Interaction(item: ItemIndex(0), time: Timestamp(milliseconds: 0))
        return TrainingSet(
            itemCount: 1, histories: [[like]], itemContents: [ItemContent(categories: ["any"])])
    }
}
