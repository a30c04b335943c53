import Foundation

/// Calls back at each SIGHUP, which tells a service that its log has been moved away. Without it the
/// signal ends the process, as by default.
final class Hangups: @unchecked Sendable {
    // @unchecked: nobody touches the source after the initializer; it is kept to go on.
    private let source: any DispatchSourceSignal

    init(_ call: @escaping @Sendable () -> Void) {
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(
            signal: SIGHUP, queue: DispatchQueue(label: "hangups"))
        source.setEventHandler(handler: call)
        source.resume()
        self.source = source
    }
}
