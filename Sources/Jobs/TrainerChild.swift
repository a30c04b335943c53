import Dispatch
import Foundation
import Support
import TrainerPipe

/// The trainer's process as the service sees it: frames come in, an end comes for sure.
final class TrainerChild: Sendable {
    private let process: ChildProcess
    private let requests = Pipe()
    private let answers = Pipe()
    private let channel: FrameChannel
    private let readQueue = DispatchQueue(label: "starling.trainer.read")
    private let ended: AsyncStream<ChildProcess.Ending>

    /// Starts `program` with `arguments` and sends it the request.
    init(program: URL, arguments: [String], request: TrainerRequest) throws {
        channel = FrameChannel(
            input: answers.fileHandleForReading.fileDescriptor,
            output: requests.fileHandleForWriting.fileDescriptor)
        process = try ChildProcess(
            program.path, arguments, input: requests.fileHandleForReading,
            output: answers.fileHandleForWriting)
        let (ended, continuation) = AsyncStream<ChildProcess.Ending>.makeStream()
        self.ended = ended
        process.whenEnded { ending in
            continuation.yield(ending)
            continuation.finish()
        }
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
        process.send(SIGKILL)
    }

    /// Waits until the process is gone. Called once.
    func waitUntilEnded() async -> ChildProcess.Ending {
        for await ending in ended { return ending }
        kill()  // the waiting task was cancelled
        return .killed(signal: SIGKILL)
    }
}
