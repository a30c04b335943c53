import Events
import Support

/// What a blend makes of a history, to be kept between requests: what each part makes of it, one
/// after the other, each after its length; −1 stands for a part that can't answer.
///
/// A part that encodes gives its own encoding. Of any other the history itself is kept, as pairs of
/// row and strength: the models that don't encode read which items there are, how strong and in
/// what order, but neither times nor what is known of the user (the contract suite sees to that).
extension Blend: EncodingRecommender {
    package func encoding(of history: History) -> HistoryEncoding {
        var values: [Float] = []
        var validUntil: Timestamp?
        for part in parts {
            guard let kept = part.component.encoding(of: history) else {
                values.append(Self.noAnswer)
                continue
            }
            values.append(Float(kept.values.count))
            values += kept.values
            if let end = kept.validUntil { validUntil = min(validUntil ?? end, end) }
        }
        return HistoryEncoding(values: values, validUntil: validUntil)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        var sums = [Float](repeating: 0, count: itemCount)
        var rest = encoding.values[...]
        for part in parts {
            guard let length = rest.popFirst(), length != Self.noAnswer else { continue }
            let kept = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            let scores = part.component.scores(of: kept, fusedBy: fusion)
            for item in 0..<itemCount { sums[item] += part.weight * scores[item] }
        }
        return sums
    }

    private static let noAnswer: Float = -1
}

extension ModelComponent {
    /// Nil where it can't answer.
    fileprivate func encoding(of history: History) -> HistoryEncoding? {
        let inner = renumbering.history(history)
        guard recommender.canAnswer(inner) else { return nil }
        if let encoder = recommender as? any EncodingRecommender {
            return encoder.encoding(of: inner)
        }
        return HistoryEncoding(
            values: inner.interactions.flatMap { [Float($0.item.rawValue), $0.strength] })
    }

    /// The scores, made comparable, on our numbering.
    fileprivate func scores(of kept: [Float], fusedBy fusion: ScoreFusion) -> [Float] {
        var inner: [Float]
        if let encoder = recommender as? any EncodingRecommender {
            inner = encoder.scores(of: HistoryEncoding(values: kept))
        } else {
            let interactions = stride(from: 0, to: kept.count, by: 2).map { place in
                Interaction(
                    item: ItemIndex(Int32(kept[place])), strength: kept[place + 1],
                    time: Timestamp(milliseconds: Int64(place)))
            }
            inner = recommender.scores(for: [
                History(
                    interactions: interactions, now: Timestamp(milliseconds: Int64(kept.count)))
            ])
        }
        let lowest = fusion.apply(to: &inner[...])
        return renumbering.scores(inner[...], missing: lowest)
    }
}
