/// What fuzzing feeds bytes to. Each entry lives through any input, and traps where an invariant
/// is broken; libFuzzer drives them (`make fuzz`), and the tests with the corpus and seeded
/// mutations of it.
package enum FuzzEntry: String, CaseIterable, Sendable {
    case http1, http2, eventJSON = "event-json", query, fields, gzip, safetensors

    package func run(_ bytes: [UInt8]) {
        switch self {
        case .http1: fuzzHTTP1(bytes)
        case .http2: fuzzHTTP2(bytes)
        case .eventJSON: fuzzEventJSON(bytes)
        case .query: fuzzQuery(bytes)
        case .fields: fuzzFields(bytes)
        case .gzip: fuzzGzip(bytes)
        case .safetensors: fuzzSafetensors(bytes)
        }
    }
}
