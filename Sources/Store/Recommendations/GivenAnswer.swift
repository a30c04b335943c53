import Support

/// An answer that was given, as an export shows it.
package struct GivenAnswer: Sendable, Equatable {
    package let id: AnswerID
    package let source: AnswerSource
    /// In the answer's order.
    package let items: [ItemID]
}
