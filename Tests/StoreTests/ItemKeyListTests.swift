import Foundation
import Support
import Testing

@testable import Store

struct ItemKeyListTests {
    @Test func readsWhatItWrote() throws {
        let edges: [Int32] = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, .max, 5]
        let keys = edges.map(ItemKey.init)
        #expect(try ItemKeyList.decode(ItemKeyList.encode(keys)) == keys)
        for edge in keys {
            #expect(try ItemKeyList.decode(ItemKeyList.encode([edge])) == [edge])
        }
        #expect(ItemKeyList.encode(keys.prefix(3)).count == 3)
        #expect(try ItemKeyList.decode(Data()) == [])
    }

    @Test func refusesBytesThatItNeverWrites() {
        for bytes: [UInt8] in [
            [128], [1, 255], [255, 255, 255, 255, 31], [128, 128, 128, 128, 128, 0],
        ] {
            #expect(throws: StoreError.self) { try ItemKeyList.decode(Data(bytes)) }
        }
    }
}
