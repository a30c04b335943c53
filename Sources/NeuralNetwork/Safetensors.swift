/// Named tensors in one file: the format that the field exchanges weights in.
///
///     8 bytes   length of the header, little-endian
///     header    JSON: {"__metadata__": {…}, "name": {"dtype", "shape", "data_offsets": [from, to]}}
///     data      the tensors, row-major and little-endian, without gaps
///
/// Reference: https://huggingface.co/docs/safetensors, "Format".
/// Differs: only the element types of `DType` are known; others are refused by name.
package struct Safetensors: Sendable, Equatable {
    /// The element types that are read and written.
    package enum DType: String, Sendable, CaseIterable {
        case f32 = "F32"
        case f64 = "F64"
        case i32 = "I32"
        case i64 = "I64"
        case i8 = "I8"
        case u8 = "U8"

        package var size: Int {
            switch self {
            case .f64, .i64: 8
            case .f32, .i32: 4
            case .i8, .u8: 1
            }
        }
    }

    /// Free text beside the tensors.
    package var metadata: [String: String]
    package var entries: [Entry]

    package init(entries: [Entry], metadata: [String: String] = [:]) {
        self.entries = entries
        self.metadata = metadata
    }

    /// - Throws: `missing` when no tensor has the name.
    package func entry(_ name: String) throws(SafetensorsError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw .missing(name)
        }
        return entry
    }
}

extension Safetensors {
    /// One named tensor, as its bytes in the file.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let dtype: DType
        package let shape: [Int]
        package let bytes: [UInt8]

        /// - Precondition: the bytes are as many as the shape asks for.
        package init(name: String, dtype: DType, shape: [Int], bytes: [UInt8]) {
            let expected = shape.reduce(dtype.size, *)
            precondition(
                bytes.count == expected, "\(name) \(shape): \(bytes.count) bytes, not \(expected)")
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.bytes = bytes
        }

        package init(name: String, shape: [Int], floats: [Float]) {
            self.init(name: name, dtype: .f32, shape: shape, bytes: littleEndianBytes(floats))
        }

        package init(name: String, shape: [Int], doubles: [Double]) {
            self.init(name: name, dtype: .f64, shape: shape, bytes: littleEndianBytes(doubles))
        }

        package init(name: String, shape: [Int], int32s: [Int32]) {
            self.init(name: name, dtype: .i32, shape: shape, bytes: littleEndianBytes(int32s))
        }

        package init(name: String, shape: [Int], int64s: [Int64]) {
            self.init(name: name, dtype: .i64, shape: shape, bytes: littleEndianBytes(int64s))
        }

        package init(name: String, shape: [Int], int8s: [Int8]) {
            self.init(name: name, dtype: .i8, shape: shape, bytes: littleEndianBytes(int8s))
        }

        /// - Throws: `wrongType` unless the tensor is F32; likewise below.
        package func floats() throws(SafetensorsError) -> [Float] {
            try elements(.f32, zero: 0)
        }

        /// The elements of an `f64` tensor, row-major.
        package func doubles() throws(SafetensorsError) -> [Double] {
            try elements(.f64, zero: 0)
        }

        /// The elements of an `i32` tensor, row-major.
        package func int32s() throws(SafetensorsError) -> [Int32] {
            try elements(.i32, zero: 0)
        }

        /// The elements of an `i64` tensor, row-major.
        package func int64s() throws(SafetensorsError) -> [Int64] {
            try elements(.i64, zero: 0)
        }

        /// The elements of an `i8` tensor, row-major.
        package func int8s() throws(SafetensorsError) -> [Int8] {
            try elements(.i8, zero: 0)
        }

        private func elements<Element: BitwiseCopyable>(
            _ wanted: DType, zero: Element
        ) throws(SafetensorsError) -> [Element] {
            guard dtype == wanted else {
                throw .wrongType(name, expected: wanted, found: dtype)
            }
            var elements = [Element](repeating: zero, count: bytes.count / dtype.size)
            elements.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
            return elements
        }
    }
}

/// The numbers as the file holds them.
private func littleEndianBytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
    #if _endian(big)
    #error("safetensors are little-endian; this machine would have to swap bytes")
    #endif
    return elements.withUnsafeBytes { Array($0) }
}
