import Testing

@testable import Support

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-20T10:00:00Z", 1_795_168_800_000),
        ("2026-11-20t10:00:00z", 1_795_168_800_000),
        ("2026-11-20T10:00:00.5Z", 1_795_168_800_500),
        ("2026-11-20T10:00:00.123999999Z", 1_795_168_800_123),
        ("2026-11-20T10:00:00+05:30", 1_795_149_000_000),
        ("2026-11-19T22:00:00-12:00", 1_795_168_800_000),
        ("2026-11-20T10:00:00-00:00", 1_795_168_800_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func parses(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "now", "2026-11-20", "2026-11-20T10:00:00", "2026-11-20T10:00Z",
        "2026-11-20 10:00:00Z", " 2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z ",
        "2026-11-20T10:00:00ZZ", "2026-11-20T10:00:00+0530", "2026-11-20T10:00:00+24:00",
        "2026-11-20T10:00:00.Z", "2026-11-20T10:00:00,5Z", "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z",
        "2026-13-10T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-20T24:00:00Z",
        "2026-11-20T10:60:00Z", "2026-11-20T10:00:61Z", "20261120T100000Z",
        "12026-11-20T10:00:00Z", "-026-11-20T10:00:00Z", "+026-11-20T10:00:00Z", "1795168800000",
        "٢٠٢٦-11-20T10:00:00Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func readsWhatItWrites() {
        var random = RandomSource(seed: 1)
        for _ in 0..<2000 {
            let time = Timestamp(
                milliseconds: .random(in: -2_208_988_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func countsInDurations() {
        let time = Timestamp(milliseconds: 1000)
        #expect(time + .milliseconds(1500) == Timestamp(milliseconds: 2500))
        #expect(Timestamp(milliseconds: 2500) - time == .milliseconds(1500))
        #expect(time + .seconds(-2) == Timestamp(milliseconds: -1000))
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    }
}
