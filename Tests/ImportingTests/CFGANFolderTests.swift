import Testing

@testable import Importing

@Suite struct CFGANFolderTests {
    @Test func readsBothParts() throws {
        let files = try TemporaryFolder([
            "ML100K.train": "0 5 4\n1\t6\t3\r\n", "ML100K.test": "1 0 5",
        ])
        let folder = try CFGANFolder(path: files.path)
        #expect(folder.train.map { [$0.user, $0.item] } == [[0, 5], [1, 6]])
        #expect(folder.test.map { [$0.user, $0.item] } == [[1, 0]])
    }

    @Test(arguments: ["0 1", "0 1 2 3", "-1 2 3", "a 2 3", "0 99999999999 3"])
    func namesTheBadLine(text: String) throws {
        let files = try TemporaryFolder(["ML100K.train": "0 5 4\n\(text)\n", "ML100K.test": ""])
        let expected = ImportError.malformed(
            path: "\(files.path)/ML100K.train",
            ImportProblem(line: 2, reason: "not user, item and rating"))
        #expect(throws: expected) { try CFGANFolder(path: files.path) }
    }
}
