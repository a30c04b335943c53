/// A secret that others are compared with, in a time that tells nothing but whether they are as long.
struct SecretText: Sendable {
    private let bytes: [UInt8]

    init(_ text: some Sequence<UInt8>) {
        bytes = Array(text)
    }

    init(_ text: String) {
        self.init(text.utf8)
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count == bytes.count else { return false }
        var difference: UInt8 = 0
        for index in bytes.indices { difference |= bytes[index] ^ text[index] }
        return difference == 0
    }
}
