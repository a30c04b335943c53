import Events
import Support

/// Leaves out what a user did again within a moment: a double click, or a client that sends its
/// events twice without ids. Of such a run one event in each window stays.
struct Duplicates: PreprocessingStep {
    /// Another value is another event: a rating that was corrected at once.
    private struct Deed: Hashable {
        var item: ItemKey
        var type: EventTypeKey
        var value: UInt32

        init(_ interaction: Interaction<ItemKey>) {
            item = interaction.item
            type = interaction.type
            value = interaction.value.bitPattern
        }
    }

    let seconds: Double

    var name: String { "duplicates" }

    func apply(to log: inout PreprocessedLog) -> String {
        let window = Duration.seconds(seconds)
        for user in log.users {
            var lastKept: [Deed: Timestamp] = [:]
            for index in user where log.isKept[index] {
                let interaction = log.events[index].interaction
                let deed = Deed(interaction)
                if let earlier = lastKept[deed], interaction.time <= earlier + window {
                    log.drop(index)
                } else {
                    lastKept[deed] = interaction.time
                }
            }
        }
        return "the same event again within \(seconds.shortText) seconds"
    }
}
