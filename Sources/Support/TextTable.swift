/// Cells in columns for a terminal: the first column to the left, the others to the right.
package struct TextTable {
    package var rows: [[String]]

    package init(rows: [[String]]) {
        self.rows = rows
    }

    /// One line a row, without spaces at their ends. Columns are two spaces apart.
    package var lines: [String] {
        let rows = rows.map { $0.map(\.printable) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + space : space + text
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
