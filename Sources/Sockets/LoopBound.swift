/// Carries a value of an event loop through other threads and back. Only the loop may look inside.
package struct LoopBound<Value>: @unchecked Sendable {
    // @unchecked: `value` checks that it is read on the loop's thread.
    private let contents: Value
    private let loop: EventLoop

    package init(_ value: Value, on loop: EventLoop) {
        contents = value
        self.loop = loop
    }

    package var value: Value {
        loop.assertInLoop()
        return contents
    }
}
