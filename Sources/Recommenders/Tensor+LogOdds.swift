import Tensor

extension Tensor<Float> {
    /// How likely it is that a user has each item, as log odds: where the bias of a layer with
    /// sigmoids begins, so that nothing is learned of popularity that can be counted.
    ///
    ///     log((n_i + ½) / (U − n_i + ½))      n_i of U users have item i
    ///
    /// - Parameter users: Items of each.
    init(logOddsOf users: [[Int32]], itemCount: Int) {
        var counts = [Float](repeating: 0, count: itemCount)
        for item in users.joined() { counts[Int(item)] += 1 }
        let total = Float(users.count)
        self.init(
            shape: [itemCount],
            elements: counts.map { Float.log(($0 + 0.5) / (total - $0 + 0.5)) })
    }
}
