import Support
import Testing

@testable import Evaluation

@Suite struct ExposureTests {
    private func exposure(_ lists: [[Int]], at k: Int = 2, items: Int = 4) -> Exposure {
        Exposure(lists: lists.map { $0.map { ItemIndex($0) } }, at: k, itemCount: items)
    }

    @Test func countsTheFirstPlaces() {
        #expect(exposure([[0, 1, 3], [1, 0, 3]]).counts == [2, 2, 0, 0])
        #expect(exposure([[0, 1], [2, 1]]).coverage == 0.75)
    }

    @Test func giniIsZeroForEqualShares() {
        #expect(exposure([[0, 1], [2, 3]]).gini == 0)
        #expect(exposure([]).gini == 0)
    }

    @Test func giniOfUnequalShares() {
        // One item takes all: (n − 1) / n.
        #expect(exposure([[2], [2]], at: 1).gini == 0.75)
        // 0, 0, 1, 3: (1·1 + 3·3) / (4·4)
        #expect(exposure([[0], [0], [0], [1]], at: 1).gini == 10.0 / 16)
    }

    @Test func noveltyAndPopularity() {
        let exposure = exposure([[0, 1], [0, 2]])
        // 8 users: item 0 has all of them, 1 has two, 2 nobody, who counts as one.
        #expect(exposure.novelty(usersOfItem: [8, 2, 0, 5], users: 8) == (0 + 2 + 0 + 3) / 4.0)
        #expect(exposure.meanPopularity(usersOfItem: [8, 2, 0, 5]) == 18.0 / 4)
    }

    @Test func diversityOfCategories() {
        let categories = [[0], [0, 1], [2], []]
        // 0 and 1 share one of two; 0 and 2 none.
        #expect(exposure([[0, 1]]).diversity(categories: categories) == 0.5)
        #expect(exposure([[0, 1], [0, 2]]).diversity(categories: categories) == 0.75)
        #expect(exposure([[3, 2], [0]]).diversity(categories: categories) == 1)
        #expect(exposure([[0]]).diversity(categories: categories) == 0)
    }

    @Test func topListTakesTheFirstOfEquals() {
        let roles: [ItemRole] = [.candidate, .input, .target, .candidate, .candidate]
        let list = TopList.select(3, from: [1, 9, 2, 2, 1], roles: roles)
        #expect(list == [2, 3, 0].map { ItemIndex($0) })
        #expect(TopList.select(9, from: [1, 9, 2, 2, 1], roles: roles).count == 4)
    }
}
