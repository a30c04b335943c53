import Foundation

/// A request of HTTP/1.1 that asks to go on in HTTP/2 (RFC 7540 section 3.2; RFC 9113 no longer
/// describes it, clients such as curl still do it).
package enum HTTP2Upgrade {
    /// The payload of the SETTINGS frame that the client would have sent; nil where the request
    /// doesn't ask, or not as the section wants it, and is then served as HTTP/1.1.
    ///
    /// A request with content isn't upgraded: the content would have to be read to its end first,
    /// and nobody is obliged to upgrade.
    package static func settings(of head: RequestHead) -> [UInt8]? {
        guard head.asksForUpgrade, head.framing == .none, !head.isHTTP10,
            head.fields.list("Upgrade").contains("h2c")
        else { return nil }
        let options = head.fields.list("Connection").map { $0.lowercased() }
        let settings = head.fields.values(of: "HTTP2-Settings")
        guard options.contains("upgrade"), options.contains("http2-settings"),
            settings.count == 1, let encoded = settings.first
        else { return nil }
        return decodeBase64URL(encoded)
    }

    /// The interim response behind which HTTP/2 begins.
    package static let switchingProtocols = Array(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".utf8)

    /// RFC 4648 section 5, without padding.
    private static func decodeBase64URL(_ text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }) else {
            return nil
        }
        let plain = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: plain + padding).map { Array($0) }
    }
}
