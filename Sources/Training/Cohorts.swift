import Evaluation
import Events
import Recommenders
import Support

/// Who is trained on, who decides when to stop, and who only compares candidate and incumbent.
///
/// A user's place in [0, 1) is fixed. The gate's users are those below a bound that only sinks as
/// the log grows: whoever is in the cohort now was in it for every earlier version too, so no
/// version was ever trained on him. The same holds of the validation users at the other end. Whoever
/// has too little to be measured on is trained on in neither place: he may have more one day. Whoever
/// is held out is measured on as he would be answered, by
/// all that he did; only the others' histories are preprocessed.
package struct Cohorts: Sendable {
    /// Of the gate, and of validation too.
    package static let share = 0.05
    package static let maximumUsers = 5_000.0
    /// A mean over fewer users says nothing, so small logs hold out a larger share,
    package static let minimumUsers = 20.0
    /// but never more than this.
    package static let maximumShare = 0.25
    /// A user needs as many liked items to be measured on.
    package static let minimumLikes = 5
    /// How much of a held-out user's history is to be found.
    package static let targetShare = 0.2

    package private(set) var training: TrainingSet
    package private(set) var validation: [EvaluationCase]
    package private(set) var gate: [EvaluationCase]

    package init(_ log: TrainingLog) {
        let bound = Self.gateBound(users: log.userCount)
        var attributes: [UserAttributes] = []
        training = TrainingSet(itemCount: log.items.count, histories: [])
        validation = []
        gate = []
        for user in log.users where user.isPerson {
            let likes = user.interactions.lazy.filter { $0.strength > 0 }.count
            if user.place < bound {
                if likes >= Self.minimumLikes { gate += Self.heldOut(user) }
            } else if user.place >= 1 - bound {
                if likes >= Self.minimumLikes { validation += Self.heldOut(user) }
            } else if user.trained.contains(where: { $0.strength > 0 }) {
                training.histories.append(user.trained)
                attributes.append(user.attributes)
            }
        }
        if attributes.contains(where: { $0 != .none }) { training.userAttributes = attributes }
    }

    /// Users whose place is below this are the gate's; as many at the other end validate.
    package static func gateBound(users: Int) -> Double {
        let count = Double(max(users, 1))
        let wanted = max(share, min(maximumShare, minimumUsers / count))
        return min(wanted, maximumUsers / count)
    }

    private static func heldOut(_ user: TrainingLog.User) -> [EvaluationCase] {
        guard var one = HeldOutTail.split(user.interactions, fraction: targetShare) else {
            return []
        }
        one.attributes = user.attributes
        return [one]
    }
}
