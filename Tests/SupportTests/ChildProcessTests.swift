import Foundation
import Support
import Testing

struct ChildProcessTests {
    private func output(of script: String, folder: String? = nil) throws -> String {
        let pipe = Pipe()
        let child = try ChildProcess(
            "/bin/sh", ["-c", script], environment: ["WORD": "a b=c"], folder: folder,
            output: pipe.fileHandleForWriting)
        try pipe.fileHandleForWriting.close()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        #expect(child.waitUntilEnded() == .exited(0))
        return String(decoding: data, as: UTF8.self)
    }

    @Test func tellsHowItEnded() throws {
        let ended = try ChildProcess("/bin/sh", ["-c", "exit 7"])
        #expect(ended.waitUntilEnded() == .exited(7))
        #expect(ended.ending == .exited(7))
        ended.send(SIGKILL)  // harmless
        let killed = try ChildProcess("/bin/sh", ["-c", "kill -KILL $$"])
        #expect(killed.waitUntilEnded() == .killed(signal: SIGKILL))
    }

    @Test func endsByASignal() async throws {
        let pipe = Pipe()
        let child = try ChildProcess("/bin/cat", [], input: pipe.fileHandleForReading)
        #expect(child.ending == nil)
        child.send(SIGKILL)
        let ending = await withCheckedContinuation { continuation in
            child.whenEnded { continuation.resume(returning: $0) }
        }
        #expect(ending == .killed(signal: SIGKILL))
    }

    @Test func saysWhatCouldNotBeStarted() {
        let refusal = #expect(throws: ChildProcess.Refusal.self) {
            try ChildProcess("/nowhere/to be found", [])
        }
        #expect(
            refusal.map { "\($0)" }
                == "/nowhere/to be found couldn't be started: No such file or directory")
    }

    @Test func getsItsEnvironmentAndFolderAndReadsNothing() throws {
        #expect(
            try output(of: "pwd; echo $WORD; cat; env | grep -c =", folder: "/usr")
                .hasPrefix("/usr\na b=c\n"))
        #expect(try output(of: "echo ${HOME-none}") == "none\n")
    }

    /// As many as connections are open in a service whose trainer starts.
    @Test func getsNoneOfManyOpenFiles() throws {
        let files = try (0..<1500).map { _ in
            try FileHandle(forReadingFrom: URL(filePath: "/dev/null"))
        }
        #expect(try output(of: "ls /proc/$$/fd") == "0\n1\n2\n")
        for file in files { try file.close() }
    }

    @Test func isInAGroupOfItsOwn() throws {
        let pipe = Pipe()
        let child = try ChildProcess("/bin/cat", [], input: pipe.fileHandleForReading)
        #expect(getpgid(child.identifier) == child.identifier)
        try pipe.fileHandleForWriting.close()
        #expect(child.waitUntilEnded() == .exited(0))
    }
}
