import Events
import NeuralNetwork

/// A blend with a part that knows items by what they are: then it ranks new ones too, as that part
/// does. The other parts give these their lowest score.
package struct ContentBlend: CombiningRecommender, ContentRecommender, EncodingRecommender {
    let blend: Blend

    package var itemCount: Int { blend.itemCount }
    package var settings: ModelSettings { blend.settings }
    package var componentNames: [String] { blend.componentNames }

    package func canAnswer(_ history: History) -> Bool { blend.canAnswer(history) }

    package func scores(for histories: [History]) -> [Float] { blend.scores(for: histories) }

    package func encoding(of history: History) -> HistoryEncoding {
        blend.encoding(of: history)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] { blend.scores(of: encoding) }

    package func parameters() -> [Safetensors.Entry] { blend.parameters() }

    /// The new items get every part's score, where the part knows items by content.
    package func adding(_ items: [ItemContent]) -> any ContentRecommender {
        ContentBlend(blend: blend.adding(items))
    }
}

extension Blend {
    /// The same parts and weights, with more rows.
    fileprivate func adding(_ items: [ItemContent]) -> Blend {
        var extended = self
        extended.itemCount += items.count
        for index in parts.indices {
            extended.parts[index].component = parts[index].component.adding(items)
        }
        return extended
    }

    /// As the model that it is: one that ranks new items where a part does.
    var asRecommender: any CombiningRecommender {
        let knowsContent = parts.contains {
            $0.component.recommender is any ContentRecommender
        }
        return knowsContent ? ContentBlend(blend: self) : self
    }
}

extension ModelComponent {
    fileprivate func adding(_ items: [ItemContent]) -> ModelComponent {
        guard let content = recommender as? any ContentRecommender else {
            return ModelComponent(recommender, renumbering.adding(unknown: items.count))
        }
        return ModelComponent(
            content.adding(items),
            renumbering.adding(known: items.count, from: recommender.itemCount))
    }
}
