import DiskFaultControl
import Foundation
import Support
import Testing

@testable import Store

/// The disk fails at the first operation, at the second, and so on until a run ends that saw no
/// fault, as SQLite's own tests do (https://www.sqlite.org/testing.html#i_o_error_testing). Whatever
/// fails, it is said clearly, everything can be read meanwhile, the same process goes on once the
/// disk is well, and every acknowledged write is in the file once.
///
/// In the whole suite a long sweep goes in steps; `make torture-disk` goes through every number.
struct DiskFaultTests {
    struct Sweep: Sendable, CustomTestStringConvertible {
        var operation: DiskFaultControl.Operations
        var error: Int32
        var step = 1
        /// What is lost in a power cut after the run is what was never synced.
        var cutsPower = false

        var testDescription: String { "\(operation) fails with \(error)" }
    }

    private enum Ending: String, CaseIterable {
        /// Fails once, or until it has been noticed; the process lives on.
        case once, until
        /// Dies with the first step that fails.
        case die
    }

    static let goesThroughAll = ProcessInfo.processInfo.environment["STARLING_TORTURE"] != nil

    static let sweeps = [
        Sweep(operation: .write, error: ENOSPC, step: 23),
        Sweep(operation: .write, error: DiskFaultControl.endsEarly, step: 29),
        Sweep(operation: .write, error: EIO, step: 31, cutsPower: true),
        Sweep(operation: .sync, error: EIO, cutsPower: true),
        Sweep(operation: .truncate, error: EIO),
        Sweep(operation: .open, error: EROFS),
        Sweep(operation: .read, error: EIO, step: 13),
        Sweep(operation: .map, error: ENOMEM),
        Sweep(operation: .unlink, error: EROFS),
        Sweep(operation: .rename, error: EIO),
    ]

    @Test(arguments: sweeps)
    func survivesTheFailureOfEachOperation(sweep: Sweep) async throws {
        var failed = 0
        for ending in Ending.allCases {
            var number = 1
            while try await run(sweep, ending, number: number) {
                failed += 1
                number += Self.goesThroughAll ? 1 : sweep.step
            }
        }
        #expect(failed >= 3)
        if Self.goesThroughAll { print("torture: \(sweep.testDescription): \(failed) runs") }
    }

    /// False where the run ended without a fault.
    private func run(_ sweep: Sweep, _ ending: Ending, number: Int) async throws -> Bool {
        let fixture = try StoreFixture(inMemory: true)
        let folder = fixture.folder.appending(path: "files").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        let database = folder + "/log.sqlite"
        let control = try DiskFaultControl(
            creating: fixture.folder.appending(path: "control").path)
        try control.fail(
            sweep.operation, error: sweep.error, number: number, repeats: ending == .until)
        var arguments = ["faults", database, control.path, ending == .die ? "die" : "live"]
        if !sweep.operation.isDisjoint(with: [.read, .map, .open]) {
            arguments.append("reads-fail")
        }
        var child = try CrashChild(
            arguments, losingWrites: sweep.cutsPower ? database : nil,
            failing: (control, folder))
        child.readToEnd()
        if sweep.cutsPower { try PowerCut(of: database).leave(nil) }
        let place: Comment = "\(ending) \(number): \(child.lines)"
        if ending != .die { #expect(child.lines.last?.hasPrefix("done") == true, place) }
        try check(database, against: child.lines, place)
        return try control.failed > 0
    }

    /// What is in the file against what was acknowledged.
    private func check(_ database: String, against lines: [String], _ place: Comment) throws {
        let acknowledged = Acknowledged(lines)
        guard acknowledged.steps.contains("items") else { return }
        try Store.open(
            StoreOptions(path: database), meanings: .init(), clock: SystemWallClock()
        ).close()
        let found = try StoreVerification.run(on: database)
        #expect(found.problems == [], place)
        let reader = try Store.openReadOnly(path: database, meanings: .init())
        let stored = try reader.readNow { try $0.db.eventIDs() }
        try reader.close()
        #expect(stored.sorted() == Set(stored).sorted(), place)
        let allowed = [acknowledged.ids, acknowledged.idsWithTheFailed]
        #expect(allowed.contains(Set(stored)), place)
        if acknowledged.steps.contains("finish") { #expect(found.checkpoints == 1, place) }
        guard acknowledged.steps.contains("backup") else { return }
        #expect(try StoreVerification.run(on: database + ".copy").problems == [], place)
        #expect(!FileManager.default.fileExists(atPath: database + ".copy.part"), place)
    }
}

/// What the child's lines say to be in the file.
private struct Acknowledged {
    private(set) var steps: Set<String> = []
    private(set) var ids: Set<String> = []
    /// The same with the step that failed last, which may have been stored as a whole.
    private(set) var idsWithTheFailed: Set<String> = []

    init(_ lines: [String]) {
        var users: [String: Int] = [:]
        func apply(_ step: Substring, to ids: inout Set<String>) {
            let words = step.split(separator: " ")
            if step == "erase" {
                ids = ids.filter { users[$0] != 3 }
            } else if step == "take-back" {
                ids.remove("single-0")
            } else if words.count == 2, let count = Int(words[1]) {
                for number in 0..<count {
                    ids.insert("\(words[0])-\(number)")
                    users["\(words[0])-\(number)"] = number % 8
                }
            }
        }
        for line in lines {
            if line.hasPrefix("ok ") {
                let step = line.dropFirst(3)
                steps.insert(String(step))
                apply(step, to: &ids)
                idsWithTheFailed = ids
            } else if line.hasPrefix("failed ") {
                let step = line.dropFirst(7).prefix { $0 != ":" }
                idsWithTheFailed = ids
                apply(step, to: &idsWithTheFailed)
            }
        }
    }
}
