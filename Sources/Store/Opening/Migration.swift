import Crypto
import Foundation

/// One step of the schema: a numbered SQL file, built into the program.
struct Migration: Sendable, Equatable {
    /// The file's name without `.sql`; names sort in the order of their numbers.
    let name: String
    let sql: String

    /// The files in `Migrations`, in their order.
    static let all = [
        Migration(name: "0001-events", bytes: PackageResources._001_events_sql),
        Migration(name: "0002-checkpoints", bytes: PackageResources._002_checkpoints_sql),
        Migration(name: "0003-jobs", bytes: PackageResources._003_jobs_sql),
        Migration(name: "0004-preprocessing", bytes: PackageResources._004_preprocessing_sql),
        Migration(name: "0005-components", bytes: PackageResources._005_components_sql),
        Migration(name: "0006-keys", bytes: PackageResources._006_keys_sql),
        Migration(name: "0007-recommendations", bytes: PackageResources._007_recommendations_sql),
        Migration(name: "0008-erasure", bytes: PackageResources._008_erasure_sql),
        Migration(name: "0009-retention", bytes: PackageResources._009_retention_sql),
        Migration(name: "0010-availability", bytes: PackageResources._010_availability_sql),
        Migration(name: "0011-event-id-runs", bytes: PackageResources._011_event_id_runs_sql),
        Migration(name: "0012-user-events", bytes: PackageResources._012_user_events_sql),
        Migration(
            name: "0013-folded-positives", bytes: PackageResources._013_folded_positives_sql),
        Migration(name: "0014-begun-erasures", bytes: PackageResources._014_begun_erasures_sql),
        Migration(
            name: "0015-event-id-filters", bytes: PackageResources._015_event_id_filters_sql),
        Migration(
            name: "0016-user-event-merge", bytes: PackageResources._016_user_event_merge_sql),
    ]

    init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    private init(name: String, bytes: [UInt8]) {
        self.init(name: name, sql: String(decoding: bytes, as: UTF8.self))
    }

    /// What the database remembers, to notice that the file was changed: SHA-256, hexadecimal.
    var checksum: String {
        SHA256.hash(data: Data(sql.utf8)).hexadecimal
    }
}

extension Sequence<UInt8> {
    var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
