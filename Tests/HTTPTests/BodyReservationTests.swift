import HTTP
import Testing

@Suite struct BodyReservationTests {
    @Test func givesBackNoMoreThanItHolds() throws {
        let budget = BodyBudget(limit: 100)
        let (one, other) = (BodyReservation(of: budget), BodyReservation(of: budget))
        try one.grow(by: 60)
        try other.grow(by: 40)
        #expect(throws: Problem.self) { try one.grow(by: 1) }
        one.shrink(by: 20)
        #expect(budget.usedBytes == 80)
        // As where the answer has given all back, and the handler still works.
        one.release()
        one.shrink(by: 40)
        #expect(budget.usedBytes == 40)
        other.release()
        #expect(budget.usedBytes == 0)
    }
}
