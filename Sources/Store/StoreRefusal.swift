/// What the store refuses because the caller, or the operator, asked for the wrong thing.
package enum StoreRefusal: Error, Equatable, Sendable {
    /// Too many writes wait: try again in a moment.
    case queueFull
    /// Too many reads wait: try again in a moment.
    case readersBusy
    case closed
    /// Another process, or another store in this one, writes to the file.
    case locked(path: String)
    /// Another process reads the file that is to be replaced.
    case isRead(path: String)
    /// There is no database at the path, and a reader makes none.
    case missingDatabase(path: String)
    /// A migration that was already run reads differently now.
    case changedMigration(String)
    /// The database knows a migration that this program does not.
    case unknownMigration(String)
    /// The database was written by a newer program.
    case newerSchema(String)
    /// A reader found a database that still needs this migration.
    case pendingMigration(String)
    case tooManyItems
    /// A dry run compares the ids of no more events.
    case longDryRun(maximumIDs: Int)
    case tooManyKeys
    case unknownCheckpoint(model: String, version: Int)
    /// Only a checkpoint that was written whole can serve.
    case checkpointNotUsable(model: String, version: Int)
    /// What arrived is not what its sender announced.
    case checkpointMismatch(String)
    case noPreviousVersion(model: String)
    /// What would be written over.
    case fileExists(path: String)
    /// A copy that must not be put in a database's place.
    case damagedCopy(path: String, String)
}

extension StoreRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .queueFull: "too many writes are waiting"
        case .readersBusy: "too many reads are waiting"
        case .closed: "the store is closed"
        case .locked(let path):
            "\(path) is locked: another starling process writes to it; stop that one first"
        case .isRead(let path):
            "\(path) is read by another process, such as a trainer or 'starling backup': wait for its "
                + "end, or stop it first"
        case .missingDatabase(let path): "there is no database at \(path)"
        case .changedMigration(let name):
            "migration \(name) was changed after this database ran it; restore its text"
        case .unknownMigration(let name):
            "the database ran migration \(name), which this program does not have"
        case .newerSchema(let name):
            "the database ran migration \(name): it belongs to a newer version of this program"
        case .pendingMigration(let name):
            "the database still needs migration \(name); start the service once"
        case .tooManyItems: "there are too many items"
        case .longDryRun(let maximum):
            "a dry run compares at most \(maximum) ids: send the rest by itself"
        case .tooManyKeys: "there are too many keys: revoke some that nobody uses"
        case .unknownCheckpoint(let model, let version): "\(model) has no version \(version)"
        case .checkpointNotUsable(let model, let version):
            "version \(version) of \(model) is incomplete or damaged"
        case .checkpointMismatch(let rule): "the checkpoint does not match its \(rule)"
        case .noPreviousVersion(let model): "\(model) has no version to go back to"
        case .fileExists(let path): "\(path) is there already"
        case .damagedCopy(let path, let problem): "\(path) is damaged: \(problem)"
        }
    }
}
