import NeuralNetwork

/// Any bytes are either an error or tensors that stay the same when they are written and read.
func fuzzSafetensors(_ bytes: [UInt8]) {
    do throws(SafetensorsError) {
        let file = try Safetensors(decoding: bytes)
        let again = try Safetensors(decoding: file.encoded())
        precondition(again.metadata == file.metadata, "metadata that changes when written")
        precondition(
            sorted(again.entries) == sorted(file.entries), "tensors that change when written")
    } catch {
        precondition(!"\(error)".isEmpty, "an error without a text")
    }
}

private func sorted(_ entries: [Safetensors.Entry]) -> [Safetensors.Entry] {
    entries.sorted { $0.name < $1.name }
}
