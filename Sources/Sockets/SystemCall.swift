import Foundation

/// The kernel refused: which call, and why. Holds no data of any user.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32
    package let call: String

    package init(code: Int32, call: StaticString) {
        self.code = code
        self.call = String(describing: call)
    }

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// What came of a call on a non-blocking descriptor. That it would block is no error.
package enum IOResult<Value: Sendable>: Sendable {
    case done(Value)
    case wouldBlock
}

extension IOResult: Equatable where Value: Equatable {}

/// Makes a system call that reports failure as −1 and `errno`.
///
/// A call that a signal interrupted is made again. A bad descriptor or address is a fault of this
/// program, and ends it before it writes into a stranger's connection.
@inline(__always)
package func systemCall<Value: FixedWidthInteger & SignedInteger & Sendable>(
    _ name: StaticString, _ call: () -> Value
) throws(SystemError) -> IOResult<Value> {
    while true {
        let value = call()
        if value != -1 { return .done(value) }
        let code = errno
        switch code {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        case EBADF, EFAULT: preconditionFailure("\(SystemError(code: code, call: name))")
        default: throw SystemError(code: code, call: name)
        }
    }
}

/// A system call that never says "would block", such as `listen`.
@discardableResult
package func blockingSystemCall<Value: FixedWidthInteger & SignedInteger & Sendable>(
    _ name: StaticString, _ call: () -> Value
) throws(SystemError) -> Value {
    switch try systemCall(name, call) {
    case .done(let value): return value
    case .wouldBlock: throw SystemError(code: EAGAIN, call: name)
    }
}
