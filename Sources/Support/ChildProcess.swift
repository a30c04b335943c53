import CLinux
import Dispatch
import Foundation
import Synchronization

/// Another program, started by `posix_spawn` with three descriptors and no other, in a process group
/// of its own. A signal that is ignored here is ignored there: one that a service manager sends to all
/// processes is the parent's to deal with.
///
/// Foundation's `Process` isn't used: it copies the names in /proc/self/fd beyond the end of its
/// buffer, and with some 1,300 open files (connections are) that ends this process at times.
package final class ChildProcess: Sendable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// It couldn't be started.
    package struct Refusal: Error, Equatable, CustomStringConvertible {
        package var program: String
        package var code: Int32

        package var description: String {
            "\(program) couldn't be started: \(String(cString: strerror(code)))"
        }
    }

    /// Where whoever started this process ignores SIGCHLD, its children couldn't be waited for.
    private static let waitsForChildren: Void = { _ = signal(SIGCHLD, SIG_DFL) }()

    package let identifier: pid_t
    private let state = Mutex<Ending?>(nil)
    private let hasEnded = DispatchGroup()

    /// Starts it.
    ///
    /// - Parameters:
    ///   - program: Its path.
    ///   - arguments: Without the program's name.
    ///   - environment: Nil for this process's.
    ///   - folder: Where it runs; nil for this process's.
    ///   - input: What it reads; nil for nothing.
    ///   - output: Where it writes; nil for nowhere.
    ///   - errors: Where its errors go; nil for nowhere.
    /// - Throws: `Refusal`.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil,
        folder: String? = nil, input: FileHandle? = nil, output: FileHandle? = nil,
        errors: FileHandle? = .standardError
    ) throws {
        Self.waitsForChildren
        let environment = environment ?? ProcessInfo.processInfo.environment
        let files = [input, output, errors].map { $0?.fileDescriptor ?? -1 }
        var identifier: pid_t = 0
        let code = Self.withPointers([program] + arguments) { arguments in
            Self.withPointers(environment.map { "\($0)=\($1)" }) { environment in
                clinux_spawn(program, arguments, environment, folder, files, &identifier)
            }
        }
        guard code == 0 else { throw Refusal(program: program, code: code) }
        self.identifier = identifier
        hasEnded.enter()
        Thread.detachNewThread { [self, identifier] in
            var information = siginfo_t()
            let wanted = WEXITED | WNOWAIT
            while waitid(P_PID, id_t(identifier), &information, wanted) != 0, errno == EINTR {}
            state.withLock { ending in
                var status: Int32 = 0
                _ = waitpid(identifier, &status, 0)
                let signal = status & 0x7F
                ending = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
            }
            hasEnded.leave()
        }
    }

    /// Nil while it runs.
    package var ending: Ending? { state.withLock { $0 } }

    /// One that has ended is left alone: its number may be another process's by now.
    package func send(_ signal: Int32) {
        state.withLock { ending in
            if ending == nil { _ = kill(identifier, signal) }
        }
    }

    /// Blocks until it has ended.
    @discardableResult
    package func waitUntilEnded() -> Ending {
        hasEnded.wait()
        guard let ending else { preconditionFailure("ended without an ending") }
        return ending
    }

    /// Calls the body once it has ended.
    package func whenEnded(_ body: @escaping @Sendable (Ending) -> Void) {
        hasEnded.notify(queue: .global()) { [self] in body(waitUntilEnded()) }
    }

    private static func withPointers<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}
