import Foundation

extension Safetensors {
    /// The bound that the reference implementation sets too.
    package static let maximumHeaderBytes: UInt64 = 100_000_000
    /// Of a tensor without elements, which brings no data to vouch for its shape.
    package static let maximumEmptyDimension = 1 << 20

    /// Reads a file that may come from anywhere: whatever the bytes are, the answer is either a
    /// sound set of tensors or an error.
    package init(decoding bytes: [UInt8]) throws(SafetensorsError) {
        guard bytes.count >= 8 else { throw .truncated }
        let headerLength = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard headerLength <= Self.maximumHeaderBytes else { throw .headerTooLong(headerLength) }
        let dataStart = 8 + Int(headerLength)
        guard dataStart <= bytes.count else { throw .truncated }

        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<dataStart]))
        } catch {
            throw .malformedHeader("\(error)")
        }
        metadata = header.metadata
        entries = []
        var expectedOffset = 0
        for (name, described) in header.tensors.sorted(by: Header.isBefore) {
            let (dtype, range) = try described.checked(name, dataCount: bytes.count - dataStart)
            guard range.lowerBound == expectedOffset else { throw .overlapOrGap(name) }
            expectedOffset = range.upperBound
            let slice = bytes[(dataStart + range.lowerBound)..<(dataStart + range.upperBound)]
            entries.append(
                Entry(name: name, dtype: dtype, shape: described.shape, bytes: Array(slice)))
        }
        guard dataStart + expectedOffset == bytes.count else { throw .overlapOrGap("end of file") }
    }
}

/// The JSON object at the start of the file.
private struct Header: Decodable {
    struct Described: Decodable {
        var dtype: String
        var shape: [Int]
        var dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    var metadata: [String: String] = [:]
    var tensors: [String: Described] = [:]

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(Described.self, forKey: key)
            }
        }
    }

    typealias Tensor = (key: String, value: Described)

    /// In the order of the data; an empty tensor comes before the one that starts where it does.
    static func isBefore(_ lhs: Tensor, _ rhs: Tensor) -> Bool {
        let (left, right) = (lhs.value.dataOffsets, rhs.value.dataOffsets)
        return left == right ? lhs.key < rhs.key : left.lexicographicallyPrecedes(right)
    }
}

extension Header.Described {
    /// The element type and the place in the data, after everything about them was checked.
    func checked(
        _ name: String, dataCount: Int
    ) throws(SafetensorsError) -> (Safetensors.DType, Range<Int>) {
        guard let dtype = Safetensors.DType(rawValue: dtype) else {
            throw .unknownType(name, dtype: dtype)
        }
        var byteCount = dtype.size
        for dimension in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { throw .invalidShape(name) }
            byteCount = product
        }
        guard byteCount > 0 || shape.allSatisfy({ $0 <= Safetensors.maximumEmptyDimension })
        else { throw .invalidShape(name) }
        guard dataOffsets.count == 2, 0 <= dataOffsets[0], dataOffsets[0] <= dataOffsets[1],
            dataOffsets[1] <= dataCount, dataOffsets[1] - dataOffsets[0] == byteCount
        else { throw .invalidOffsets(name) }
        return (dtype, dataOffsets[0]..<dataOffsets[1])
    }
}
