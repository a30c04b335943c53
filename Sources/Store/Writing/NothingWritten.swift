/// The error of a write that has changed nothing. It is its caller's alone, where any other error takes
/// back the whole group that shares the transaction.
struct NothingWritten: Error {
    let reason: any Error

    /// For what comes before the first statement that changes anything.
    static func on<Result>(_ body: () throws -> Result) throws(NothingWritten) -> Result {
        do {
            return try body()
        } catch {
            throw NothingWritten(reason: error)
        }
    }
}
