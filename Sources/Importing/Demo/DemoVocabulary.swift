import Support

/// The words of the made-up shop.
enum DemoVocabulary {
    struct Taste {
        let name: String
        let nouns: [String]

        /// Different titles; those beyond all pairs of words get a number.
        func titles(count: Int, random: inout RandomSource) -> [String] {
            let pairs = DemoVocabulary.adjectives.flatMap { adjective in
                nouns.map { "\(adjective) \($0)" }
            }.shuffled(using: &random)
            return (0..<count).map { index in
                let edition = index / pairs.count
                let pair = pairs[index % pairs.count]
                return edition == 0 ? pair : "\(pair) No. \(edition + 1)"
            }
        }
    }

    static let adjectives = [
        "Amber", "Birch", "Classic", "Copper", "Everyday", "Folding", "Harbour", "Highland",
        "Little", "Meadow", "Northern", "Pocket", "Quiet", "Silver", "Sunday", "Sturdy",
        "Traveller's", "Twilight", "Weekend", "Winter",
    ]

    static let tastes = [
        Taste(
            name: "Gardening",
            nouns: [
                "Trowel", "Seed Tray", "Watering Can", "Pruning Shears", "Herb Planter",
                "Cold Frame", "Rose Trellis", "Compost Bin",
            ]),
        Taste(
            name: "Astronomy",
            nouns: [
                "Star Chart", "Refractor", "Moon Map", "Eyepiece Set", "Red Torch", "Sky Atlas",
                "Tripod Mount", "Meteor Diary",
            ]),
        Taste(
            name: "Cooking",
            nouns: [
                "Stockpot", "Bread Tin", "Spice Rack", "Paring Knife", "Pasta Roller",
                "Casserole Dish", "Mortar", "Pie Funnel",
            ]),
        Taste(
            name: "Cycling",
            nouns: [
                "Saddle Bag", "Bell", "Repair Kit", "Rain Cape", "Handlebar Wrap", "Floor Pump",
                "Pannier", "Lamp Set",
            ]),
        Taste(
            name: "Woodworking",
            nouns: [
                "Block Plane", "Chisel Set", "Marking Gauge", "Dovetail Saw", "Bench Vice",
                "Spokeshave", "Whittling Kit", "Sharpening Stone",
            ]),
        Taste(
            name: "Sailing",
            nouns: [
                "Rope Locker", "Tide Table", "Deck Shoes", "Signal Flags", "Compass",
                "Splicing Fid", "Dry Bag", "Knot Board",
            ]),
        Taste(
            name: "Photography",
            nouns: [
                "Lens Pouch", "Camera Strap", "Contact Album", "Light Meter", "Darkroom Tongs",
                "Film Case", "Grey Card", "Print Frame",
            ]),
        Taste(
            name: "Board Games",
            nouns: [
                "Dice Tower", "Chess Set", "Card Caddy", "Draughts Board", "Domino Box",
                "Puzzle Mat", "Score Pad", "Token Tray",
            ]),
        Taste(
            name: "Birdwatching",
            nouns: [
                "Field Guide", "Nest Box", "Binoculars", "Seed Feeder", "Hide Stool",
                "Sighting Log", "Bird Bath", "Call Whistle",
            ]),
        Taste(
            name: "Pottery",
            nouns: [
                "Glaze Sampler", "Banding Wheel", "Clay Cutter", "Kiln Gloves", "Throwing Rib",
                "Slip Trailer", "Stamp Set", "Sponge Pack",
            ]),
        Taste(
            name: "Hiking",
            nouns: [
                "Walking Pole", "Map Case", "Trail Mug", "Wool Socks", "Daypack", "Gaiters",
                "Camp Stove", "First Aid Tin",
            ]),
        Taste(
            name: "Music",
            nouns: [
                "Metronome", "Plectrum Tin", "Music Stand", "Recorder", "Tambourine",
                "Rosin Block", "Tuning Fork", "Songbook",
            ]),
    ]

    static let devices = ["desktop", "mobile", "tablet"]
    static let ageGroups = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"]

    /// At least four digits, so that ids sort as they are numbered.
    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
