import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// L, the next item: each user's last rating is to be found from all before it.
    static let leaveLastOut = EvaluationProtocol(
        name: "L",
        metrics: MetricKey.all(at: 10) + [MetricKey(.recall, at: 20)],
        decisive: MetricKey(.ndcg, at: 10),
        load: { try ProtocolData(leaveLastOutIn: $0) })
}

extension ProtocolData {
    /// Protocol L on a MovieLens folder.
    init(leaveLastOutIn folder: String) throws {
        let dataset = try MovieLensFolder(path: folder).dataset(minimumOfItem: 5)
        let split = LeaveLastOut(dataset)
        self.init(
            training: TrainingSet(
                itemCount: dataset.itemCount, histories: split.train,
                itemContents: dataset.itemContents,
                userAttributes: dataset.users.map(\.attributes)),
            validation: split.validation, test: split.test)
    }
}
