/// Why bytes are not a safetensors file, or not the one that was expected.
package enum SafetensorsError: Error, Equatable {
    /// The bytes end before the header does.
    case truncated
    /// The header claims to be longer than `Safetensors.maximumHeaderBytes`.
    case headerTooLong(UInt64)
    /// The header is not the JSON that the format asks for.
    case malformedHeader(String)
    case unknownType(String, dtype: String)
    /// A negative dimension, more elements than an integer can count, or none of them beside a
    /// dimension above `Safetensors.maximumEmptyDimension`.
    case invalidShape(String)
    /// The offsets lie outside of the data, or don't match the shape.
    case invalidOffsets(String)
    /// Two tensors share bytes, or bytes belong to none: the format forbids both.
    case overlapOrGap(String)
    case missing(String)
    case wrongType(String, expected: Safetensors.DType, found: Safetensors.DType)
}
