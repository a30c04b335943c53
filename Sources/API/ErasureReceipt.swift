import Store
import Support

/// What is answered to the erasure of a user.
struct ErasureReceipt: Encodable, Described {
    private struct Counts: Encodable {
        var events: Int
        var foldedEvents: Int
        var recommendations: Int
    }

    private struct Checkpoint: Encodable {
        var model: String
        var version: Int
        var inService: Bool
    }

    private let user: String
    private let erased: Counts
    private let goneFromFile: Bool
    private let checkpoints: [Checkpoint]
    private let retrainJobs: [Int64]

    init(_ erasure: UserErasure, isGoneFromFile: Bool) {
        user = erasure.user.rawValue
        erased = Counts(
            events: erasure.events, foldedEvents: erasure.foldedEvents,
            recommendations: erasure.recommendations)
        goneFromFile = isGoneFromFile
        checkpoints = erasure.checkpoints.map {
            Checkpoint(model: $0.model, version: $0.version, inService: $0.isInService)
        }
        retrainJobs = erasure.retrainJobs
    }

    static let schema = Schema.object([
        "user": .id,
        "erased": .object([
            "events": .integer, "foldedEvents": .integer, "recommendations": .integer,
        ]),
        "goneFromFile": Schema.boolean
            .described(
                "False while a reader holds the write-ahead log; the service goes on trying"),
        "checkpoints": Schema.array(
            of: .object(["model": .string, "version": .integer, "inService": .boolean])
        ).described("Those that may have been trained with the user"),
        "retrainJobs": Schema.array(of: .integer)
            .described("They train the models in service among these anew"),
    ]).named("ErasureReceipt")
}
