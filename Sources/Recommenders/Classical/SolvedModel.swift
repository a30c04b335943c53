/// A learner of a method without epochs: everything is done in the only one.
struct SolvedModel<Model: Recommender>: Learner {
    private var model: Model
    private let solve: () throws -> Model

    /// - Parameters:
    ///   - empty: The model before it was fitted.
    ///   - solve: The whole fit.
    init(empty: Model, solve: @escaping () throws -> Model) {
        model = empty
        self.solve = solve
    }

    var maxEpochs: Int { 1 }

    mutating func runEpoch() throws -> Double {
        model = try solve()
        return 0
    }

    func recommender() -> any Recommender { model }
}
