/// The codes of the MovieLens files in words, from the README of the 1M edition.
enum MovieLensCodes {
    static let ageGroups = [
        "1": "under 18", "18": "18-24", "25": "25-34", "35": "35-44", "45": "45-49",
        "50": "50-55", "56": "56+",
    ]

    static let occupations = [
        "other", "academic/educator", "artist", "clerical/admin", "college/grad student",
        "customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker",
        "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist",
        "self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer",
    ]

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `01-Jan-1995` as `1995-01-01`; nil for anything else.
    static func isoDate(_ text: String) -> String? {
        let parts = text.split(separator: "-")
        guard parts.count == 3, parts[2].count == 4, Int(parts[2]) != nil,
            let day = Int(parts[0]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[1]))
        else { return nil }
        let padded = [month + 1, day].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(parts[2])-\(padded[0])-\(padded[1])"
    }
}
