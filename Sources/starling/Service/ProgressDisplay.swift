import Foundation
import Synchronization

/// Progress on standard error: a bar that is redrawn on a terminal, plain lines elsewhere.
struct ProgressDisplay {
    private static let barWidth = 24
    /// Seconds between two plain lines.
    private static let lineInterval = 5.0

    private let label: String
    private let isTerminal: Bool
    private let start = Date()
    private var lastLine = Date.distantPast
    private var lastText = ""

    init(label: String) {
        self.label = label
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// - Parameter fraction: In 0...1.
    mutating func show(fraction: Double, text: String) {
        guard isTerminal else {
            showLine(fraction: fraction, text: text)
            return
        }
        let filled = Int((min(max(fraction, 0), 1) * Double(Self.barWidth)).rounded())
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Self.barWidth - filled)
        Self.write("\r\u{1B}[K\(label) \(bar) \(percent(fraction)) \(text)\(timeLeft(fraction))")
    }

    /// Ends the bar's line.
    mutating func finish() {
        if isTerminal { Self.write("\r\u{1B}[K") }
    }

    static func say(_ text: String) {
        write(text + "\n")
    }

    private mutating func showLine(fraction: Double, text: String) {
        guard Date().timeIntervalSince(lastLine) >= Self.lineInterval, text != lastText else {
            return
        }
        lastLine = Date()
        lastText = text
        Self.say("\(label) \(percent(fraction)) \(text)\(timeLeft(fraction))")
    }

    private func percent(_ fraction: Double) -> String {
        String(format: "%3.0f%%", fraction * 100)
    }

    private func timeLeft(_ fraction: Double) -> String {
        let elapsed = Date().timeIntervalSince(start)
        guard fraction > 0.01, elapsed > 1 else { return "" }
        return String(format: ", %.0f s left", elapsed / fraction * (1 - fraction))
    }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
