import Foundation
import Synchronization
import Testing

@testable import starling

struct BackgroundOutputTests {
    @Test func writesWhatWaitsInItsOrder() throws {
        let pipe = Pipe()
        let output = BackgroundOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        for number in 0..<1000 { output.write("line \(number) ü\n") }
        output.close()
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
        let read = Mutex(0)
        let reader = Thread { [reading = pipe.fileHandleForReading] in
            var data = reading.availableData
            while !data.isEmpty {
                read.withLock { $0 += data.count }
                data = reading.availableData
            }
        }
        reader.start()
        output.close()
        try pipe.fileHandleForWriting.close()
        while !reader.isFinished { Thread.sleep(forTimeInterval: 0.01) }
        let lines = read.withLock { $0 } / line.utf8.count
        #expect(lines >= BackgroundOutput.capacity && lines < count)
    }
}
