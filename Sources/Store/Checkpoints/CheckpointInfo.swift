import Crypto
import Support

/// The store's number for a checkpoint.
package struct CheckpointID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// A saved model, without its bytes.
package struct CheckpointInfo: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Its parts are still coming.
        case writing
        /// Whole and verified.
        case ready
        /// Whole, and kept aside by the gate.
        case rejected
        /// Found damaged.
        case broken
    }

    package let id: CheckpointID
    package let model: String
    /// 1, 2, 3… of its model; never used twice.
    package let version: Int
    package let state: State
    /// The last event that it was trained on.
    package let watermark: EventSequence
    package let jobID: Int64?
    package let createdAt: Timestamp
    package let byteCount: Int
    /// SHA-256 of all bytes, hexadecimal.
    package let checksum: String
    /// A JSON object, as text.
    package let metrics: String
    /// What was left out of the log before its training, and why: a JSON object, as text.
    package let preprocessing: String
    /// Why it is in its state.
    package let reason: String?
}

/// What a checkpoint's sender announces, so that the store can tell it arrived whole.
package enum CheckpointChecksum {
    /// SHA-256 of all bytes, hexadecimal.
    package static func sha256(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).hexadecimal
    }
}

/// A checkpoint on its way in: what has arrived of it so far. Lives in memory only.
struct CheckpointUpload: Sendable {
    private(set) var partCount = 0
    private(set) var byteCount = 0
    private var hasher = SHA256()

    mutating func add(_ part: [UInt8]) {
        partCount += 1
        byteCount += part.count
        hasher.update(data: part)
    }

    var checksum: String { hasher.finalize().hexadecimal }
}

/// Which version of a model serves, since when and why.
package struct Deployment: Sendable, Equatable {
    package let id: Int64
    package let model: String
    package let version: Int
    /// What a rollback would bring back.
    package let rollbackVersion: Int?
    package let reason: String
    package let activatedAt: Timestamp
}
