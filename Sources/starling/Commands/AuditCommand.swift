import ArgumentParser
import Store
import Support

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who administrated what, when, and with what result, newest first.",
        discussion: """
            Works whether or not a service runs. GET /v1/admin/audit shows the same.
            """)

    @Option(help: "How many entries, 1 to 1000.")
    var limit = 100
    @Option(help: "Only entries before this one.")
    var before: Int64?
    @OptionGroup var arguments: DatabaseArguments

    func validate() throws {
        guard (1...1000).contains(limit) else {
            throw ValidationError("--limit must be in 1...1000")
        }
    }

    func run() async throws {
        let settings = try await arguments.settings()
        let reader = try Store.openReadOnly(path: settings.database, meanings: settings.meanings)
        let entries = try await reader.audit(before: before, limit: limit)
        try reader.close()
        let head = ["time", "id", "status", "caller", "address", "call", "target", "omitted"]
        let rows = entries.map { entry in
            [
                entry.time.rfc3339, String(entry.id), String(entry.status), Self.caller(entry),
                entry.address ?? "-", "\(entry.method) \(entry.route)", entry.target ?? "-",
                entry.omitted == 0 ? "" : String(entry.omitted),
            ]
        }
        for line in TextTable(rows: [head] + rows).lines { print(line) }
    }

    private static func caller(_ entry: AuditEntry) -> String {
        guard let id = entry.keyID else { return entry.caller.rawValue }
        return "key \(id) (\(entry.keyName ?? "?"))"
    }
}
