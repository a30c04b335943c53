import Foundation
import HTTP
import HTTPServer
import Support
import Testing

/// Clients of other people, where they are installed.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2ClientsTests {
    /// What `curl` says of the protocol, the status and the content's size.
    private static let summary = "%{http_version} %{http_code} %{size_download}\n"

    @Test(
        .enabled(if: Tool("curl") != nil, "curl isn't installed"),
        arguments: ["--http2-prior-knowledge", "--http2", "--http1.1"])
    func curl(option: String) async throws {
        let curl = try #require(Tool("curl"))
        let page = [UInt8](repeating: 0x78, count: 1_000_000)
        let upload = FileManager.default.temporaryDirectory
            .appending(path: "starling-\(UUID().uuidString)")
        try Data(page).write(to: upload)
        defer { try? FileManager.default.removeItem(at: upload) }
        try await withServer(routes: { router in
            router.on(.get, "/page") { _ in .now(Response(contentType: "text/plain", body: page)) }
        }) { _, address in
            let output = try await blocking {
                let base = "http://127.0.0.1:\(address.port)"
                let common = ["-s", option, "-w", Self.summary, "-o", "/dev/null"]
                let refused = [
                    "-s", option, "-w", "%{http_version} %{http_code}\n", "-o", "/dev/null",
                ]
                return [
                    try curl.run(common + ["\(base)/hello"]),
                    try curl.run(common + ["\(base)/page"]),
                    try curl.run(common + ["-I", "\(base)/hello"]),
                    try curl.run(common + ["-X", "POST", "-T", upload.path, "\(base)/count"]),
                    // As large, where the answer comes before the content is sent.
                    try curl.run(refused + ["-X", "POST", "-T", upload.path, "\(base)/echo"]),
                ].joined()
            }
            let version = option == "--http1.1" ? "1.1" : "2"
            // A request with content isn't upgraded.
            let uploads = option == "--http2-prior-knowledge" ? "2" : "1.1"
            #expect(
                output.split(separator: "\n").map(String.init) == [
                    "\(version) 200 5", "\(version) 200 1000000", "\(version) 200 0",
                    "\(uploads) 200 7", "\(uploads) 413",
                ])
        }
    }

    @Test(.enabled(if: Tool("h2load") != nil, "h2load isn't installed (nghttp2-client)"))
    func h2load() async throws {
        let h2load = try #require(Tool("h2load"))
        try await withServer { _, address in
            let output = try await blocking {
                let base = "http://127.0.0.1:\(address.port)"
                return try h2load.run(["-n", "2000", "-c", "4", "-m", "50", "\(base)/hello"])
                    + h2load.run(["-n", "2000", "-c", "4", "-m", "50", "\(base)/later"])
            }
            let good = output.split(separator: "\n").filter { $0.contains("2000 succeeded") }
            #expect(good.count == 2)
        }
    }

    @Test(.enabled(if: Tool("nghttp") != nil, "nghttp isn't installed (nghttp2-client)"))
    func nghttp() async throws {
        let nghttp = try #require(Tool("nghttp"))
        try await withServer { _, address in
            let output = try await blocking {
                try nghttp.run(["-v", "--upgrade", "http://127.0.0.1:\(address.port)/hello"])
            }
            #expect(output.contains("HTTP Upgrade success"))
            #expect(output.contains("hello"))
            #expect(output.contains(":status: 200"))
        }
    }
}

/// A program on the PATH.
private struct Tool: Sendable {
    let path: String

    init?(_ name: String) {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        let found = folders.map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { return nil }
        path = found
    }

    func run(_ arguments: [String]) throws -> String {
        let output = Pipe()
        let process = try ChildProcess(path, arguments, output: output.fileHandleForWriting)
        try output.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilEnded()
        return String(decoding: data, as: UTF8.self)
    }
}
