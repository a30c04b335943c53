// Appends events until it is killed, and says on standard output which are acknowledged. The crash
// tests start it; it is no part of the service.
//
//     StoreCrashChild DATABASE PREFIX full|off [FILE-SIZE-LIMIT]
//     StoreCrashChild faults …                  see FaultRun

import Events
import Foundation
import Store
import Support

signal(SIGXFSZ, SIG_IGN)
let arguments = CommandLine.arguments
if arguments[1] == "faults" {
    do {
        try await FaultRun(Array(arguments.dropFirst(2))).run()
        exit(0)
    } catch {
        say("stuck: \(error)")
        exit(1)
    }
}
let prefix = arguments[2]
var options = StoreOptions(
    path: arguments[1], synchronous: arguments[3] == "off" ? .off : .full,
    walCheckpointPages: 200)
// So short that kills meet all of what is done with it.
options.recentEvents.least = 100
options.recentEvents.mergedAtOnce = 10
let store = try Store.open(options, meanings: EventMeanings(), clock: SystemWallClock())

/// One line at a time, straight to the descriptor: nothing waits in a buffer when the kill comes.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func event(_ worker: Int, _ number: Int) -> Event {
    Event(
        id: "\(prefix)-\(worker)-\(number)", type: "view",
        user: UserID(stored: "u\(number % 50)"), item: ItemID(stored: "i\(number % 80)"),
        properties: #"{"padding":"\#(String(repeating: "x", count: 100))"}"#)
}

/// One batch; says its ids once they are acknowledged.
func append(_ worker: Int, from start: Int, count: Int) async throws {
    let events = (start..<start + count).map { event(worker, $0) }
    _ = try await store.append(events)
    say(events.compactMap(\.id).joined(separator: "\n"))
}

if arguments.count > 4, let bytes = rlim_t(arguments[4]) {
    try await fillUp(to: bytes)
} else {
    await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
            group.addTask {
                var number = 0
                while true {
                    do {
                        try await append(worker, from: number, count: 1 + worker)
                        number += 1 + worker
                    } catch is StoreError {
                        continue  // the disk failed: once more
                    }
                }
            }
        }
    }
}

/// Appends under a limit of the file size until that fails, then lifts the limit and appends once
/// more.
func fillUp(to bytes: rlim_t) async throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    let unlimited = limit
    limit.rlim_cur = bytes
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    var number = 0
    while true {
        do {
            try await append(0, from: number, count: 10)
            number += 10
        } catch is StoreError {
            say("full")
            break
        }
    }
    limit = unlimited
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    try await append(1, from: 0, count: 10)
    say("lives on")
}
