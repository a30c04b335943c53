import ArgumentParser
import Events
import Foundation
import Importing
import Store
import Support

/// Where imported things go: the store of this process, or a running service.
protocol ImportDestination: Sendable {
    func put(items: [ImportedItem]) async throws
    func put(users: [ImportedUser]) async throws
    /// - Returns: How many were new, were there already, or were rejected.
    func append(_ events: [Event]) async throws -> ImportCounts
    func close() async throws
}

struct ImportCounts: Sendable, Equatable {
    var accepted = 0
    var duplicates = 0
    var rejected = 0
    /// Why the first of the rejected ones was.
    var reason: String?

    mutating func add(_ other: ImportCounts) {
        accepted += other.accepted
        duplicates += other.duplicates
        rejected += other.rejected
        reason = reason ?? other.reason
    }

    mutating func noteRejected(_ reason: String) {
        rejected += 1
        self.reason = self.reason ?? reason
    }
}

/// One import with its progress and its summary.
struct ImportRun {
    private static let chunkEvents = 5_000
    private static let chunkItems = 500
    private static let maximumShownProblems = 10

    private let destination: any ImportDestination
    private var counts = ImportCounts()
    private var problems = 0

    /// Runs an import on the settings' database and says what came of it.
    static func run(
        _ arguments: DatabaseArguments, _ body: (inout ImportRun) async throws -> Void
    ) async throws {
        let settings = try await arguments.settings()
        let destination: any ImportDestination
        do {
            let store = try Store.open(
                try settings.storeOptions(), meanings: settings.meanings,
                clock: SystemWallClock(), tell: { ProgressDisplay.say("\($0)") })
            try await RunningService.forgetAddress(store)
            destination = StoreDestination(store: store)
        } catch StoreRefusal.locked {
            destination = try await ServiceClient.running(on: settings)
        }
        var run = ImportRun(destination: destination)
        do {
            try await body(&run)
        } catch {
            try await destination.close()
            throw error
        }
        try await destination.close()
        try run.report()
    }

    private init(destination: any ImportDestination) {
        self.destination = destination
    }

    mutating func add(items: [ImportedItem]) async throws {
        for chunk in items.chunks(of: Self.chunkItems) { try await destination.put(items: chunk) }
        print("items: \(items.count)")
    }

    mutating func add(users: [ImportedUser]) async throws {
        for chunk in users.chunks(of: Self.chunkItems) { try await destination.put(users: chunk) }
        print("users: \(users.count)")
    }

    mutating func add(events source: some EventSource) async throws {
        var source = source
        var display = ProgressDisplay(label: "events")
        let start = ContinuousClock.now
        var bytes: Int64 = 0
        var done = 0
        while let chunk = try source.nextChunk(maximum: Self.chunkEvents) {
            bytes = chunk.bytesRead
            note(chunk.problems)
            if !chunk.events.isEmpty {
                counts.add(try await destination.append(chunk.events))
            }
            done += chunk.events.count
            let rate = Double(done) / max((ContinuousClock.now - start).inSeconds, 0.001)
            display.show(
                fraction: Double(bytes) / Double(max(source.totalBytes, 1)),
                text: String(format: "%d (%.0f/s)", done, rate))
        }
        display.finish()
    }

    private mutating func note(_ found: [ImportProblem]) {
        for problem in found {
            problems += 1
            if problems <= Self.maximumShownProblems { ProgressDisplay.say("\(problem)") }
            if problems == Self.maximumShownProblems + 1 {
                ProgressDisplay.say("further bad lines are only counted")
            }
        }
    }

    private func report() throws {
        print(
            "events: \(counts.accepted) new, \(counts.duplicates) were there already, "
                + "\(counts.rejected) rejected, \(problems) bad lines")
        if let reason = counts.reason { ProgressDisplay.say("the first rejected: \(reason)") }
        if problems + counts.rejected > 0, counts.accepted + counts.duplicates == 0 {
            throw ExitCode.failure
        }
    }
}

/// Straight into the database that no service holds.
struct StoreDestination: ImportDestination {
    let store: Store

    func put(items: [ImportedItem]) async throws {
        _ = try await store.putItems(
            items.map {
                Item(
                    id: $0.id, categories: $0.categories, title: $0.title,
                    attributes: $0.attributes, createdAt: $0.createdAt)
            })
    }

    func put(users: [ImportedUser]) async throws {
        _ = try await store.putUsers(
            users.map { UserProfile(id: $0.id, attributes: $0.attributes) })
    }

    func append(_ events: [Event]) async throws -> ImportCounts {
        var counts = ImportCounts()
        for verdict in try await store.append(events).verdicts {
            switch verdict {
            case .accepted: counts.accepted += 1
            case .duplicate: counts.duplicates += 1
            case .conflict: counts.noteRejected(EventVerdict.conflictReason)
            case .invalid(let violation): counts.noteRejected(violation.reason)
            }
        }
        return counts
    }

    func close() async throws {
        try store.close()
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
