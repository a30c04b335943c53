import Testing

@testable import starling

/// What the access log may add to `http.stopSeconds`.
@Suite struct StopPatienceTests {
    @Test(arguments: [
        (Duration.seconds(60), Duration.seconds(5)), (.seconds(5), .seconds(5)),
        (.seconds(2), .seconds(2)), (.milliseconds(500), .milliseconds(500)),
        (.milliseconds(499), .milliseconds(500)), (.zero, .milliseconds(500)),
        (.seconds(-3), .milliseconds(500)),
    ])
    func theAccessLogGetsWhatIsLeft(left: Duration, patience: Duration) {
        #expect(RunningService.logPatience(left: left) == patience)
    }
}
