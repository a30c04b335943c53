import Tensor

extension WorkerPool {
    /// Makes rows on all workers, each with memory of its own for what it does on the way. Dealt
    /// like cards, so that long rows that stand together are shared.
    func rows<Row, Scratch>(
        count total: Int, scratch: @escaping () -> Scratch,
        _ makeRow: @escaping (Int, inout Scratch) -> Row
    ) -> [Row] {
        Array(unsafeUninitializedCapacity: total) { rows, initializedCount in
            run { [rows, count] worker in
                var scratch = scratch()
                for row in stride(from: worker, to: total, by: count) {
                    rows.initializeElement(at: row, to: makeRow(row, &scratch))
                }
            }
            initializedCount = total
        }
    }
}
