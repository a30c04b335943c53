import Foundation
import Testing

@testable import TrainerPipe

/// What was written in between, in the parts given, as the other side reads it.
private func reading(_ parts: [[UInt8]], _ body: (FrameChannel) throws -> Void) throws {
    let pipe = Pipe()
    let writer = Thread {
        for part in parts { try? pipe.fileHandleForWriting.write(contentsOf: part) }
        try? pipe.fileHandleForWriting.close()
    }
    writer.start()
    let input = pipe.fileHandleForReading.fileDescriptor
    try withExtendedLifetime(pipe) {
        try body(FrameChannel(input: input, output: -1))
    }
}

@Suite struct FrameChannelTests {
    private let frames = [
        Frame(kind: .message, payload: Array(#"{"a":1}"#.utf8)), Frame(kind: .part, payload: []),
        Frame(kind: .part, payload: [0, 255, 1]),
    ]

    @Test func readsFramesAtEverySplit() throws {
        let bytes = frames.flatMap { $0.encoded() }
        for split in 0...bytes.count {
            try reading([Array(bytes[..<split]), Array(bytes[split...])]) { channel in
                let read = try frames.map { _ in try channel.read() }
                #expect(read == frames)
                let end = try channel.read()
                #expect(end == nil)
            }
        }
    }

    @Test func tellsAFrameThatBreaksOffFromTheEnd() throws {
        let bytes = frames[2].encoded()
        for end in 1..<bytes.count {
            try reading([Array(bytes[..<end])]) { channel in
                #expect(throws: FrameError.brokenOff) { try channel.read() }
            }
        }
    }

    @Test(arguments: [0, 3, 255] as [UInt8])
    func refusesAnUnknownKind(kind: UInt8) throws {
        try reading([[kind, 0, 0, 0, 0]]) { channel in
            #expect(throws: FrameError.unknownKind(kind)) { try channel.read() }
        }
    }

    @Test func refusesALengthBeyondTheLimitBeforeItMakesRoomForIt() throws {
        try reading([[1, 1, 0, 0x80, 0]]) { channel in
            #expect(throws: FrameError.tooLong(Frame.maximumPayload + 1)) { try channel.read() }
        }
        try reading([[2, 255, 255, 255, 255]]) { channel in
            #expect(throws: FrameError.tooLong(Int(UInt32.max))) { try channel.read() }
        }
    }

    @Test func writesWhatItReads() throws {
        let pipe = Pipe()
        let channel = FrameChannel(
            input: pipe.fileHandleForReading.fileDescriptor,
            output: pipe.fileHandleForWriting.fileDescriptor)
        for frame in frames {
            try channel.write(frame)
            #expect(try channel.read() == frame)
        }
    }

    @Test func takesPartsOfACheckpointInOrder() throws {
        let pipe = Pipe()
        let channel = FrameChannel(
            input: pipe.fileHandleForReading.fileDescriptor,
            output: pipe.fileHandleForWriting.fileDescriptor)
        let bytes = (0..<100).map { UInt8($0) }
        try channel.sendParts(of: bytes, partSize: 30)
        var received: [[UInt8]] = []
        for _ in 0..<4 {
            let frame = try #require(try channel.read())
            #expect(frame.kind == .part)
            received.append(frame.payload)
        }
        #expect(received.map(\.count) == [30, 30, 30, 10])
        #expect(received.flatMap(\.self) == bytes)
    }

    @Test func failsInsteadOfEndingTheProcessWhereNobodyReads() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let channel = FrameChannel(
            input: -1, output: pipe.fileHandleForWriting.fileDescriptor)
        #expect {
            try channel.write(frames[0])
        } throws: { error in
            (error as? PipeError)?.code == EPIPE
        }
    }
}
