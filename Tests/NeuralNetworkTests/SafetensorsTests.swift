import Foundation
import Support
import Testing

@testable import NeuralNetwork

@Suite struct SafetensorsTests {
    private var sample: Safetensors {
        Safetensors(
            entries: [
                .init(name: "mask", dtype: .u8, shape: [3], bytes: [1, 0, 255]),
                .init(name: "bytes", shape: [2], int8s: [-127, 5]),
                .init(name: "weight", shape: [2, 2], floats: [1, -2.5, 3, 5e8]),
                .init(name: "empty", shape: [0, 4], floats: []),
                .init(name: "sequence", shape: [], int64s: [1 << 40]),
            ], metadata: ["name": "a \"quoted\" \\ text\nwith Ünïcode \u{1}"])
    }

    @Test func readsWhatItWrote() throws {
        let read = try Safetensors(decoding: sample.encoded())
        #expect(read.metadata == sample.metadata)
        for entry in sample.entries { #expect(try read.entry(entry.name) == entry) }
        #expect(try read.entry("bytes").int8s() == [-127, 5])
        #expect(read.entries.count == sample.entries.count)
    }

    @Test func alignsEachTensorToItsElement() throws {
        let bytes = sample.encoded()
        let headerLength = Int(bytes[0]) + Int(bytes[1]) << 8
        #expect(headerLength % 8 == 0)
        #expect(try Safetensors(decoding: bytes).entries.last?.name == "bytes")
    }

    @Test func readsWhatThePythonPackageWrote() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/small.safetensors")
        let read = try Safetensors(decoding: Array(Data(contentsOf: golden)))
        #expect(read.metadata == ["model": "vae \"7\" \\ Ünïcode"])
        #expect(try read.entry("weight").shape == [2, 3])
        #expect(try read.entry("weight").floats() == [1, -2.5, 3, 4, 5e-8, -6e8])
        #expect(try read.entry("bias").doubles() == [0.1, .pi])
        #expect(try read.entry("items").int32s() == [3, -1, 2_000_000_000])
        #expect(try read.entry("sequence").int64s() == [1 << 40 + 1])
        #expect(try read.entry("sequence").shape == [])
        #expect(try read.entry("mask").bytes == [1, 0, 255])
        #expect(try read.entry("empty").shape == [0, 4])
    }

    @Test(.enabled(if: Python.hasSafetensors, "needs a python3 with safetensors and numpy"))
    func pythonPackageReadsWhatThisWrote() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "starling-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }  // nothing hangs on it
        try Data(sample.encoded()).write(to: file)
        let printed = try Python.run(
            """
            from safetensors import safe_open
            from safetensors.numpy import load_file
            t = load_file(r"\(file.path)")
            print(sorted(t), t["weight"].tolist(), t["weight"].dtype, t["empty"].shape, \
            t["sequence"].item(), t["mask"].tolist(), t["bytes"].tolist())
            print(safe_open(r"\(file.path)", "np").metadata()["name"].encode("unicode_escape"))
            """)
        #expect(
            printed == #"""
                ['bytes', 'empty', 'mask', 'sequence', 'weight'] [[1.0, -2.5], [3.0, 500000000.0]] \#
                float32 (0, 4) 1099511627776 [1, 0, 255] [-127, 5]
                b'a "quoted" \\\\ text\\nwith \\xdcn\\xefcode \\x01'

                """#)
    }

    @Test func refusesWhatIsNotThere() {
        #expect(throws: SafetensorsError.missing("x")) { try sample.entry("x") }
        #expect(
            throws: SafetensorsError.wrongType("weight", expected: .i32, found: .f32)
        ) { try sample.entry("weight").int32s() }
    }

    static let badHeaders: [(String, Int, SafetensorsError?)] = [
        ("", 0, nil), ("[]", 0, nil), (#"{"a":1}"#, 0, nil), ("{", 0, nil),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, nil),
        (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, nil),
        (#"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}"#, 4, nil),
        (#"{"__metadata__":{"a":1}}"#, 0, nil),
        (
            #"{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#, 4,
            .unknownType("a", dtype: "BF16")
        ),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, .invalidShape("a")),
        (#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4, .invalidShape("a")),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
            .invalidShape("a")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[0,1099511627776],"data_offsets":[0,0]}}"#, 0,
            .invalidShape("a")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1048577,0],"data_offsets":[0,0]}}"#, 0,
            .invalidShape("a")
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[]}}"#, 4, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, .invalidOffsets("a")),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, .overlapOrGap("a")),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8,
            .overlapOrGap("end of file")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, .overlapOrGap("b")
        ),
    ]

    @Test(arguments: badHeaders)
    func rejectsBadHeader(header: String, dataCount: Int, expected: SafetensorsError?) {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        let bytes = length + Array(header.utf8) + [UInt8](repeating: 0, count: dataCount)
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(decoding: bytes) }
        if let expected {
            #expect(error == expected)
        } else if case .malformedHeader = error {
        } else {
            Issue.record("\(String(describing: error))")
        }
    }

    @Test func rejectsEveryTruncation() {
        let bytes = sample.encoded()
        for count in 0..<bytes.count {
            #expect(throws: SafetensorsError.self) {
                try Safetensors(decoding: Array(bytes.prefix(count)))
            }
        }
    }

    @Test func survivesEveryFlippedByte() throws {
        let original = sample.encoded()
        var source = RandomSource(seed: 1)
        for index in original.indices {
            for mask in [1, 0x10, 0x80, 0xFF, UInt8(source.next() % 255) + 1] {
                var bytes = original
                bytes[index] ^= mask
                // Either an error of its kind, or a sound file: then it survives the round trip.
                guard let read = try? Safetensors(decoding: bytes) else { continue }
                #expect(try Safetensors(decoding: read.encoded()).metadata == read.metadata)
            }
        }
    }

    @Test func rejectsHeaderBeyondTheBound() {
        let bytes = [UInt8](repeating: 0xFF, count: 64)
        #expect(throws: SafetensorsError.headerTooLong(.max)) { try Safetensors(decoding: bytes) }
    }
}

/// The Python that STARLING_PYTHON names, else python3.
private enum Python {
    static let hasSafetensors = (try? run("import safetensors.numpy")) != nil

    struct Failed: Error {}

    static func run(_ program: String) throws -> String {
        let name = ProcessInfo.processInfo.environment["STARLING_PYTHON"] ?? "python3"
        let output = Pipe()
        let process = try ChildProcess(
            "/usr/bin/env", [name, "-c", program], output: output.fileHandleForWriting, errors: nil)
        try output.fileHandleForWriting.close()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        guard process.waitUntilEnded() == .exited(0) else { throw Failed() }
        return String(decoding: printed, as: UTF8.self)
    }
}
