import Foundation
import Synchronization
import Testing

@testable import starling

struct BackgroundOutputTests {
    @Test func writesWhatWaitsInItsOrder() throws {
        let pipe = Pipe()
        let output = BackgroundOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        for number in 0..<1000 { output.write("line \(number) ü\n") }
        output.close(within: 60)
        output.write("too late")
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == (0..<1000).map { "line \($0) ü\n" }.joined())
    }

    /// A pipe that nobody empties holds some 64 KiB.
    @Test func waitsForNobodyAndDropsWhatFindsNoRoom() throws {
        let pipe = Pipe()
        let output = BackgroundOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = String(repeating: "x", count: 99) + "\n"
        let count = 4 * BackgroundOutput.capacity
        for _ in 0..<count { output.write(line) }
        let start = Date()
        output.close()  // gives up
        #expect(Date().timeIntervalSince(start) < 10)
        let read = Mutex(Data())
        let reader = Thread { [reading = pipe.fileHandleForReading] in
            var data = reading.availableData
            while !data.isEmpty {
                read.withLock { $0 += data }
                data = reading.availableData
            }
        }
        reader.start()
        output.close(within: 60)
        try pipe.fileHandleForWriting.close()
        while !reader.isFinished { Thread.sleep(forTimeInterval: 0.01) }
        let lines = String(decoding: read.withLock { $0 }, as: UTF8.self).split(separator: "\n")
        let written = lines.count { $0.hasPrefix("x") }
        #expect(written >= BackgroundOutput.capacity && written < count)
        let said = lines.filter { $0.hasSuffix(" lines were dropped") }
        #expect(said == ["\(count - written) lines were dropped"])
    }
}
