import Dispatch
import Foundation
import TrainerPipe

/// The trainer's process as the service sees it: frames come in, an end comes for sure.
final class TrainerChild: Sendable {
    /// How the process ended.
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private let process: Process
    private let requests = Pipe()
    private let answers = Pipe()
    private let channel: FrameChannel
    private let readQueue = DispatchQueue(label: "starling.trainer.read")
    private let ended: AsyncStream<Ending>

    /// Starts `program` with `arguments` and sends it the request.
    init(program: URL, arguments: [String], request: TrainerRequest) throws {
        process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = requests
        process.standardOutput = answers
        let (ended, continuation) = AsyncStream<Ending>.makeStream()
        self.ended = ended
        process.terminationHandler = { process in
            continuation.yield(
                process.terminationReason == .exit
                    ? .exited(process.terminationStatus)
                    : .killed(signal: process.terminationStatus))
            continuation.finish()
        }
        channel = FrameChannel(
            input: answers.fileHandleForReading.fileDescriptor,
            output: requests.fileHandleForWriting.fileDescriptor)
        try process.run()
        // The child has its own copies; ours would keep the pipe from ever ending.
        try answers.fileHandleForWriting.close()
        try requests.fileHandleForReading.close()
        do {
            try channel.send(request)
        } catch {
            // One that reads nothing any more says why in its frames, or by the way it ended.
            guard (error as? PipeError)?.code == EPIPE else {
                kill()
                throw error
            }
        }
    }

    /// The next frame; nil when the trainer has closed its end.
    func nextFrame() async throws -> Frame? {
        try await withCheckedThrowingContinuation { continuation in
            readQueue.async { [channel] in
                continuation.resume(with: Result { try channel.read() })
            }
        }
    }

    /// Ends the process at once. Its frames end then too.
    func kill() {
        // One that has ended is left alone: its number may be another process's by now.
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
    }

    /// Waits until the process is gone. Called once.
    func waitUntilEnded() async -> Ending {
        for await ending in ended { return ending }
        kill()  // the waiting task was cancelled
        return .killed(signal: SIGKILL)
    }
}
