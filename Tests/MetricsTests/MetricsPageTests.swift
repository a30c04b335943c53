import Metrics
import PrometheusText
import Testing

@Suite struct MetricsPageTests {
    private func text(_ page: MetricsPage) -> String { String(decoding: page.bytes, as: UTF8.self) }

    @Test func writesTheFormatToTheLetter() {
        var page = MetricsPage()
        page.begin(.counter, "a_total", "First\nline \\ \"quoted\".")
        page.add(3, ["x": "q\"b\\n\nz", "y": ""])
        page.add(1.5)
        page.single(.gauge, "b", "Numbers.", -2.0)
        #expect(
            text(page) == #"""
                # HELP a_total First\nline \\ "quoted".
                # TYPE a_total counter
                a_total{x="q\"b\\n\nz",y=""} 3
                a_total 1.5
                # HELP b Numbers.
                # TYPE b gauge
                b -2

                """#)
    }

    @Test func whatItWritesIsReadBack() throws {
        var page = MetricsPage()
        page.begin(.gauge, "a", "x")
        for (name, value) in [
            ("large", 1e300), ("small", 1e-300), ("infinite", .infinity), ("less", -.infinity),
            ("usual", 1_795_256_931.85),
        ] { page.add(value, ["of": "\\\"\n" + name]) }
        let read = try PrometheusText(text(page))
        #expect(read["a", ["of": "\\\"\nlarge"]] == 1e300)
        #expect(read["a", ["of": "\\\"\nsmall"]] == 1e-300)
        #expect(read["a", ["of": "\\\"\ninfinite"]] == .infinity)
        #expect(read["a", ["of": "\\\"\nless"]] == -.infinity)
        #expect(read["a", ["of": "\\\"\nusual"]] == 1_795_256_931.85)
    }

    @Test func aHistogramCumulatesOverAllThreads() throws {
        let blocks = [DurationHistograms(count: 2), DurationHistograms(count: 2)]
        blocks[0].record(nanoseconds: 50_000, at: 1)
        blocks[0].record(nanoseconds: 50_001, at: 1)
        blocks[1].record(nanoseconds: 3_000_000, at: 1)
        blocks[1].record(nanoseconds: 20_000_000_000, at: 1)
        blocks[1].record(nanoseconds: 1, at: 0)
        var page = MetricsPage()
        page.begin(.histogram, "h_seconds", "x")
        page.add(DurationHistograms.merged(blocks, at: 1), ["r": "1"])
        page.add(DurationHistograms.merged(blocks, at: 0), ["r": "0"])
        let read = try PrometheusText(text(page))
        for (bound, count) in [
            ("5e-05", 1), ("0.0001", 2), ("0.0025", 2), ("0.005", 3), ("10", 3), ("+Inf", 4),
        ] { #expect(read["h_seconds_bucket", ["r": "1", "le": bound]] == Double(count)) }
        #expect(read["h_seconds_count", ["r": "1"]] == 4)
        #expect(read["h_seconds_sum", ["r": "1"]] == 20.003100001)
        #expect(read["h_seconds_count", ["r": "0"]] == 1)
    }

    @Test func tellsOfTheProcess() throws {
        var page = MetricsPage()
        ProcessMetrics.write(to: &page)
        let read = try PrometheusText(text(page))
        let (resident, peak) = (
            read["process_resident_memory_bytes"] ?? 0,
            read["process_resident_memory_peak_bytes"] ?? 0
        )
        #expect(resident > 1_000_000)
        #expect(peak > 1_000_000)
        #expect((read["process_virtual_memory_bytes"] ?? 0) > resident)
        #expect((read["process_cpu_seconds_total"] ?? -1) >= 0)
        #expect((read["process_open_fds"] ?? 0) >= 3)
        #expect((read["process_max_fds"] ?? 0) >= read["process_open_fds"] ?? .infinity)
        #expect((read["process_start_time_seconds"] ?? 0) > 1_500_000_000)
    }

    /// The reader that the tests trust finds fault where there is one.
    @Test(arguments: [
        ("a 1\n", "no TYPE"), ("# HELP a x\na 1\n", "no TYPE"),
        ("# HELP a x\n# TYPE a gauge\na 1", "no last line feed"),
        ("# HELP a x\n# TYPE a gauge\n\na 1\n", "a blank line"),
        ("# HELP a x\n# TYPE a gauge\nb 1\n", "another family"),
        ("# HELP a x\n# TYPE a gauge\na 1\na 2\n", "a sample twice"),
        ("# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\n", "a family twice"),
        ("# HELP a x\n# TYPE a counter\na 1\n", "a counter without _total"),
        ("# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "a gauge with it"),
        ("# HELP a_total x\n# TYPE a_total counter\na_total -1\n", "less than nothing"),
        ("# HELP a x\n# TYPE a gauge\na{x=\"1\",x=\"1\"} 1\n", "a label twice"),
        ("# HELP a x\n# TYPE a gauge\na{x=\"\\t\"} 1\n", "an unknown escape"),
        ("# HELP a x\n# TYPE a gauge\na{x=\"1\"\n", "no end"),
        ("# HELP a x\n# TYPE a gauge\na{1x=\"1\"} 1\n", "a bad label"),
        ("# HELP a x\n# TYPE a gauge\na one\n", "no number"),
        ("# HELP 1a x\n# TYPE 1a gauge\n1a 1\n", "a bad name"),
        (
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"
                + "h_sum 1\nh_count 1\n", "not cumulative"
        ),
        (
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
            "no last bucket"
        ),
        (
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
            "another count"
        ),
    ])
    func theReaderIsStrict(page: String, fault: String) {
        #expect(throws: PrometheusText.Wrong.self, "\(fault)") { try PrometheusText(page) }
    }
}
