extension DecodingError {
    package var context: Context {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context
        @unknown default: Context(codingPath: [], debugDescription: "")
        }
    }

    /// What is wrong and where, without the value: it may be anybody's data.
    ///
    /// - Parameters:
    ///   - root: What the outermost value is called.
    ///   - insideElement: Counts the place from the innermost array element, whose own place
    ///     stands elsewhere.
    package func explanation(of root: String, insideElement: Bool = false) -> String {
        var path = context.codingPath
        if insideElement, let element = path.lastIndex(where: { $0.intValue != nil }) {
            path.removeFirst(element + 1)
        }
        return switch self {
        case .keyNotFound(let key, _): "\(Self.text(path + [key], root)) is missing"
        case .typeMismatch(let type, _): "\(Self.text(path, root)) must be \(Self.name(of: type))"
        case .valueNotFound(let type, _):
            "\(Self.text(path, root)) must be \(Self.name(of: type)), not null"
        case .dataCorrupted where path.isEmpty: "\(root) is not valid JSON"
        case .dataCorrupted(let context): "\(Self.text(path, root)): \(context.debugDescription)"
        @unknown default: "\(root) can't be read"
        }
    }

    private static func text(_ path: [any CodingKey], _ root: String) -> String {
        guard !path.isEmpty else { return root }
        return path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Double.Type, is Float.Type: "a number"
        case is Int.Type, is Int64.Type: "an integer"
        case is [String: Any].Type: "an object"
        default: "an array or object of the documented form"
        }
    }
}
