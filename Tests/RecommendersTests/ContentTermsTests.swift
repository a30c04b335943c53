import Events
import Support
import Testing

@testable import Recommenders

@Suite struct ContentTermsTests {
    @Test func namesWhereATermComesFrom() {
        let content = ItemContent(
            categories: ["Science Fiction", "Drama"], title: "Toy Story, 2: the toy!",
            attributes: ["year": .integer(1995)])
        #expect(
            ContentTerms.terms(of: content) == [
                "a:year=1995", "c:drama", "c:science fiction", "t:2", "t:story", "t:the", "t:toy",
            ])
        #expect(ContentTerms.source(of: "c:drama") == .category)
        #expect(ContentTerms.source(of: "t:2") == .title)
        #expect(ContentTerms.source(of: "a:year=1995") == .attribute)
    }

    @Test func takesAttributesApart() {
        let content = ItemContent(attributes: [
            "tags": .array([.string("Red"), .string("new\nline"), .null]),
            "maker": .object(["name": .string("Acme"), "old": .bool(true)]),
            "size": .number(1.5),
        ])
        #expect(
            ContentTerms.terms(of: content) == [
                "a:maker.name=acme", "a:maker.old=true", "a:size=1.5", "a:tags=new line",
                "a:tags=red",
            ])
    }

    @Test func readsALongTextAsWords() {
        let text = String(repeating: "long text. ", count: 7)
        let content = ItemContent(attributes: ["about": .string(text)])
        #expect(ContentTerms.terms(of: content) == ["a:about=long", "a:about=text"])
    }

    @Test func knowsNothingOfAnEmptyItem() {
        #expect(ContentTerms.terms(of: .none).isEmpty)
    }
}
