import HTTP

/// Finds the handler of a method and a path.
///
/// A tree of path segments: patterns such as `/v1/users/{user}/recommendations` share their
/// beginnings. A literal segment wins over a parameter; where it leads nowhere, the parameter is
/// tried. Complexity: one look-up for a path without parameters as it stands in the pattern, or one
/// comparison for each sibling on the way down.
package struct Router: Sendable {
    private var nodes = [Node()]
    /// The node of each pattern without parameters, once the routes are complete.
    private var literalNodes: [String: Int] = [:]
    /// Method and pattern of endpoint 1, 2, …, once the routes are complete.
    private(set) var endpointNames: [(method: Method, pattern: String)] = []

    /// A place in the tree; the numbers are places in `nodes`.
    private struct Node: Sendable {
        var literals: [(segment: String, node: Int)] = []
        var parameter: Int?
        var endpoints: [Endpoint] = []
        /// Answers all other methods: 405 or 501. There once the routes are complete.
        var otherwise: Endpoint?
    }

    /// A method of a path, and what answers it. An object, so that a request holds one reference in
    /// place of five, all of which the loops share.
    final class Endpoint: Sendable {
        let method: Method
        let pattern: String
        let parameterNames: [String]
        let body: BodyPolicy
        /// In place of the server's.
        let admission: Admission?
        let isEssential: Bool
        let handler: Handler
        /// 1, 2, … once the routes are complete.
        let number: Int

        init(
            method: Method, pattern: String, parameterNames: [String], body: BodyPolicy,
            admission: Admission?, isEssential: Bool, handler: @escaping Handler, number: Int = 0
        ) {
            self.method = method
            self.pattern = pattern
            self.parameterNames = parameterNames
            self.body = body
            self.admission = admission
            self.isEssential = isEssential
            self.handler = handler
            self.number = number
        }
    }

    /// An endpoint with the values of its path parameters.
    struct Match: Sendable {
        let endpoint: Endpoint
        let parameters: PathParameters
        /// The endpoint is one for the request's method.
        let hasMethod: Bool
    }

    package init() {}

    /// What was added, in no order.
    package var routes: [(method: Method, pattern: String)] {
        nodes.flatMap { $0.endpoints.map { ($0.method, $0.pattern) } }
    }

    /// Adds a route. `{name}` stands for one segment, whose decoded value the handler finds in
    /// `request.parameters[name]`.
    ///
    /// - Parameters:
    ///   - admission: Judges the route's requests in place of the server's admission.
    ///   - isEssential: The route answers also where there is too much to do for others.
    /// - Precondition: The pattern begins with a slash, has no empty and no percent-encoded segment, its
    ///   names differ, and the route is new.
    package mutating func on(
        _ method: Method, _ pattern: String, body: BodyPolicy = .none,
        admission: Admission? = nil, isEssential: Bool = false, _ handler: @escaping Handler
    ) {
        let segments = pattern.split(separator: "/")
        precondition(
            pattern == "/" + segments.joined(separator: "/") && !pattern.contains("%"),
            "\(pattern) is no pattern")
        var names: [String] = []
        var node = 0
        for segment in segments {
            if segment.hasPrefix("{") {
                names.append(String(segment.dropFirst().dropLast()))
                node = parameterChild(of: node)
            } else {
                node = literalChild(of: node, String(segment))
            }
        }
        precondition(Set(names).count == names.count, "\(pattern) names a parameter twice")
        precondition(
            !nodes[node].endpoints.contains { $0.method == method },
            "\(method) \(pattern) is there already")
        nodes[node].endpoints.append(
            Endpoint(
                method: method, pattern: pattern, parameterNames: names, body: body,
                admission: admission,
                isEssential: isEssential, handler: handler))
    }

    /// The endpoint for a request, with GET's standing in for HEAD; where the path has none for the
    /// method, one that answers 405 with Allow, or 501 to a method that HTTP doesn't define.
    ///
    /// - Throws: `Problem`: 400 for an empty or badly encoded segment, 404.
    func route(_ method: Method, _ path: String) throws(Problem) -> Match {
        var values: [String] = []
        let node = if let node = literalNodes[path] { node } else { try find(path, &values) }
        let own = Self.endpoint(for: method, among: nodes[node].endpoints)
        guard let endpoint = own ?? nodes[node].otherwise else {
            preconditionFailure("the routes aren't complete")
        }
        return Match(
            endpoint: endpoint,
            parameters: PathParameters(names: endpoint.parameterNames, values: values),
            hasMethod: own != nil)
    }

    /// Completes the routes: OPTIONS answers Allow (RFC 9110 section 9.3.7) where nobody has said
    /// otherwise, what has no endpoint is told so, and each endpoint gets its number.
    mutating func finish() {
        for node in nodes.indices {
            guard let first = nodes[node].endpoints.first else { continue }
            let allowed = Self.allowedMethods(nodes[node].endpoints)
            if Self.endpoint(for: .options, among: nodes[node].endpoints) == nil {
                let answer = first.standingIn(for: .options) { _ in
                    .now(Response(status: .noContent, fields: ["Allow": allowed]))
                }
                nodes[node].endpoints.append(answer)
            }
            for endpoint in nodes[node].endpoints.indices {
                nodes[node].endpoints[endpoint] = numbered(nodes[node].endpoints[endpoint])
            }
            let otherwise = first.standingIn(for: Self.otherMethod) { request in
                throw Self.problem(of: request.method, allowed: allowed)
            }
            nodes[node].otherwise = numbered(otherwise)
            if first.parameterNames.isEmpty { literalNodes[first.pattern] = node }
        }
    }

    /// What the metrics call a method that a path has no endpoint for.
    private static let otherMethod = Method(rawValue: "other")

    private mutating func numbered(_ endpoint: Endpoint) -> Endpoint {
        endpointNames.append((endpoint.method, endpoint.pattern))
        return endpoint.with(number: endpointNames.count)
    }

    private mutating func literalChild(of node: Int, _ segment: String) -> Int {
        if let child = nodes[node].literals.first(where: { $0.segment == segment }) {
            return child.node
        }
        nodes.append(Node())
        nodes[node].literals.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let child = nodes[node].parameter { return child }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    private func find(_ path: String, _ values: inout [String]) throws(Problem) -> Int {
        let segments = try Self.decodedSegments(of: path)
        guard let node = find(segments[...], below: 0, &values) else {
            throw Problem(.notFound, type: "not-found", "no resource has this path")
        }
        return node
    }

    /// The node with endpoints at the end of the segments. Goes back from a literal that leads nowhere; the
    /// recursion is as deep as the longest pattern at most.
    private func find(
        _ segments: ArraySlice<String>, below node: Int, _ values: inout [String]
    ) -> Int? {
        guard let segment = segments.first else {
            return nodes[node].endpoints.isEmpty ? nil : node
        }
        if let literal = nodes[node].literals.first(where: { $0.segment == segment }),
            let found = find(segments.dropFirst(), below: literal.node, &values)
        {
            return found
        }
        guard let parameter = nodes[node].parameter else { return nil }
        values.append(segment)
        if let found = find(segments.dropFirst(), below: parameter, &values) { return found }
        values.removeLast()
        return nil
    }
}

extension Router.Endpoint {
    /// Another answer on the same path, for whom the path's first route lets in.
    fileprivate func standingIn(
        for method: Method, _ handler: @escaping Handler
    ) -> Router.Endpoint {
        Router.Endpoint(
            method: method, pattern: pattern, parameterNames: parameterNames, body: .none,
            admission: admission, isEssential: false, handler: handler)
    }

    fileprivate func with(number: Int) -> Router.Endpoint {
        Router.Endpoint(
            method: method, pattern: pattern, parameterNames: parameterNames, body: body,
            admission: admission, isEssential: isEssential, handler: handler, number: number)
    }
}

extension Router {
    private static func endpoint(for method: Method, among endpoints: [Endpoint]) -> Endpoint? {
        if let exact = endpoints.first(where: { $0.method == method }) { return exact }
        return method == .head ? endpoints.first { $0.method == .get } : nil
    }

    private static func allowedMethods(_ endpoints: [Endpoint]) -> String {
        var methods = Set(endpoints.map(\.method)).union([.options])
        if methods.contains(.get) { methods.insert(.head) }
        return methods.map(\.rawValue).sorted().joined(separator: ", ")
    }

    private static func problem(of method: Method, allowed: String) -> Problem {
        guard method.isStandard else {
            return Problem(.notImplemented, type: "method-not-implemented")
        }
        return Problem(
            .methodNotAllowed, type: "method-not-allowed", "this path allows \(allowed)",
            fields: ["Allow": allowed])
    }

    /// The parts between slashes, behind the leading one; none for the root.
    private static func decodedSegments(of path: String) throws(Problem) -> [String] {
        var segments: [String] = []
        segments.reserveCapacity(8)
        var rest = path.utf8.dropFirst()
        guard !rest.isEmpty else { return [] }
        while true {
            let segment = rest.prefix { $0 != UInt8(ascii: "/") }
            guard !segment.isEmpty else {
                throw .badRequest("invalid-path", "the path has an empty segment")
            }
            guard let decoded = PercentEncoding.decode(segment) else {
                throw .badRequest("invalid-path", "the path is badly percent-encoded")
            }
            segments.append(decoded)
            guard segment.endIndex != rest.endIndex else { return segments }
            rest = rest[segment.endIndex...].dropFirst()
        }
    }
}
