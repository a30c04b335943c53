import Events
import Foundation
import Store
import Support
import TrainerPipe

/// The trainer as a process: one request from standard input, messages and checkpoints to standard
/// output, low priority, bounded memory, gone when the service is gone.
package struct TrainerProcess {
    private let channel: FrameChannel

    package init() {
        channel = FrameChannel(input: STDIN_FILENO, output: STDOUT_FILENO)
    }

    /// - Returns: The exit status.
    package func run() -> Int32 {
        do {
            guard let frame = try channel.read() else { return 1 }
            let request = try frame.decoded(as: TrainerRequest.self)
            limit(request)
            endWithParent()
            let reader = try Store.openReadOnly(
                path: request.database, meanings: EventMeanings(request.meanings))
            try TrainingRun(request, reader: reader, output: channel).run()
            return 0
        } catch {
            do {
                try channel.send(TrainerMessage.failed(reason: "\(error)"))
            } catch {
                return 2  // the service is gone: nobody is left to tell
            }
            return 1
        }
    }

    /// Low priority, and a bound on the heap: an allocation beyond it ends this process alone.
    private func limit(_ request: TrainerRequest) {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(request.niceness))
        guard request.memoryBytes > 0 else { return }
        let bytes = rlim_t(request.memoryBytes)
        var bound = rlimit(rlim_cur: bytes, rlim_max: bytes)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &bound)
    }

    /// The service holds the other end of standard input as long as it lives; it says nothing more
    /// there, so the end of the stream is its end, or its wish that this process stops.
    private func endWithParent() {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = Glibc.read(STDIN_FILENO, &byte, 1)
                if count < 0, errno == EINTR { continue }
                _exit(3)
            }
        }
    }
}

extension FrameChannel: TrainingRun.Output {
    package func report(_ message: TrainerMessage) throws {
        try send(message)
    }

    package func sendParts(of bytes: [UInt8]) throws {
        try sendParts(of: bytes, partSize: 1 << 20)
    }
}

extension EventMeanings {
    init(_ configured: [String: TrainerRequest.Meaning]) {
        self.init(
            overriding: configured.mapValues { meaning in
                EventMeaning(
                    weight: meaning.weight, sign: meaning.isNegative ? .negative : .positive,
                    isSeen: meaning.isSeen, positiveFrom: meaning.positiveFrom)
            })
    }
}
