import Foundation

/// The published data sets, which are no part of the project.
package enum TestData {
    /// `STARLING_TEST_DATA`, or `../shared/data` beside the package.
    package static let folder =
        ProcessInfo.processInfo.environment["STARLING_TEST_DATA"]
        ?? URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data").standardized.path

    package static let reason = "left out: no MovieLens data (see STARLING_TEST_DATA)"

    package static func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }

    package static func path(_ name: String) -> String { "\(folder)/\(name)" }
}
