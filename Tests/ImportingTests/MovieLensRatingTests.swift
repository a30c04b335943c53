import Support
import Testing

@testable import Importing

@Suite struct MovieLensRatingTests {
    private static let expected = MovieLensRating(
        user: 12, item: 345, value: 5, time: Timestamp(milliseconds: 978_300_760_000))

    @Test(arguments: [
        (MovieLensFolder.Edition.hundredThousand, "12\t345\t5\t978300760"),
        (.hundredThousand, "12\t345\t5\t978300760\r"),
        (.oneMillion, "12::345::5::978300760"),
        (.oneMillion, "12::345::5::978300760\r"),
    ])
    func readsALine(edition: MovieLensFolder.Edition, text: String) throws {
        let line = LineReader.Line(number: 1, bytes: Array(text.utf8)[...])
        #expect(try MovieLensRating.parse(line, edition: edition).get() == Self.expected)
    }

    @Test(arguments: [
        "", "1", "1::2::3", "1::2::3::", "::2::3::4", "1:2::3::4", "1::2::3::4::5", "1::2::3::4x",
        "a::2::3::4", "-1::2::3::4", "1::2::0::4", "1::2::6::4", "1::2::3::1234567890123456",
    ])
    func refuses(text: String) {
        let line = LineReader.Line(number: 7, bytes: Array(text.utf8)[...])
        #expect {
            try MovieLensRating.parse(line, edition: .oneMillion).get()
        } throws: {
            ($0 as? ImportProblem)?.line == 7
        }
    }
}
