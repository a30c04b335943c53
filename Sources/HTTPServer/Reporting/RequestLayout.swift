import HTTP

/// Where each request is counted: by numbers that are known when the router is finished, so that
/// counting builds no text and looks nothing up by one.
struct RequestLayout: Sendable {
    /// What a place is shown as.
    struct Label: Sendable {
        var method: String
        var route: String
    }

    /// For requests that no route matched, or that couldn't be read.
    static let noRoute = "none"
    private static let methods: [Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .connect, .trace,
    ]

    /// Two for each endpoint, the second one for HEAD; then those without an endpoint by method.
    let labels: [Label]
    /// Of the durations, by the endpoint's number; 0 is for those without one.
    let endpoints: [Label]
    /// By the code: each status that this program answers with has a place, and all others one.
    private let statusPlaces: [UInt8]
    private let statusCount = Status.all.count + 1
    private let versionCount = HTTPVersion.allCases.count

    /// - Parameter endpoints: Method and pattern of endpoint 1, 2, ….
    init(_ endpoints: [(method: Method, pattern: String)]) {
        self.endpoints =
            [Label(method: "any", route: Self.noRoute)]
            + endpoints.map { Label(method: $0.method.rawValue, route: $0.pattern) }
        labels =
            endpoints.flatMap { method, pattern in
                [method, .head].map { Label(method: $0.rawValue, route: pattern) }
            }
            + (Self.methods.map(\.rawValue) + ["other", "none"]).map {
                Label(method: $0, route: Self.noRoute)
            }
        var places = [UInt8](repeating: UInt8(Status.all.count), count: 600)
        for (place, status) in Status.all.enumerated() { places[status.code] = UInt8(place) }
        statusPlaces = places
    }

    var requestCount: Int { labels.count * versionCount * statusCount }

    /// - Parameter request: Nil where it couldn't be read.
    func place(
        of request: Request?, isHead: Bool, _ version: HTTPVersion, _ status: Status
    ) -> Int {
        place(label(of: request, isHead: isHead), version, Int(statusPlaces[status.code]))
    }

    private func label(of request: Request?, isHead: Bool) -> Int {
        guard let request else { return labels.count - 1 }
        if request.endpoint > 0 { return 2 * (request.endpoint - 1) + (isHead ? 1 : 0) }
        let method = Self.methods.firstIndex(of: request.method) ?? Self.methods.count
        return 2 * (endpoints.count - 1) + method
    }

    private func place(_ label: Int, _ version: HTTPVersion, _ status: Int) -> Int {
        (label * versionCount + Int(version.rawValue)) * statusCount + status
    }

    /// Hands out every place with what it is shown as.
    func forEachPlace(
        _ body: (_ place: Int, _ label: Label, _ version: HTTPVersion, _ status: String) -> Void
    ) {
        let statuses = Status.all.map { "\($0.code)" } + ["other"]
        for (number, label) in labels.enumerated() {
            for version in HTTPVersion.allCases {
                for (place, status) in statuses.enumerated() {
                    body(self.place(number, version, place), label, version, status)
                }
            }
        }
    }
}
