//! Lines and blocks drawn as shapes: a font's own would leave gaps between rows, and not every font has them.

/// How heavy a stroke is: none, light or heavy.
type Weight = u8;

/// The strokes from a cell's middle up, right, down and left; none for a character that is no line.
pub fn arms(symbol: &str) -> Option<[Weight; 4]> {
    Some(match symbol {
        "─" | "┄" | "┈" | "╌" => [0, 1, 0, 1],
        "━" | "┅" | "┉" | "╍" => [0, 2, 0, 2],
        "│" | "┆" | "┊" | "╎" => [1, 0, 1, 0],
        "┃" | "┇" | "┋" | "╏" => [2, 0, 2, 0],
        "┌" | "╭" => [0, 1, 1, 0],
        "┐" | "╮" => [0, 0, 1, 1],
        "└" | "╰" => [1, 1, 0, 0],
        "┘" | "╯" => [1, 0, 0, 1],
        "┏" => [0, 2, 2, 0],
        "┓" => [0, 0, 2, 2],
        "┗" => [2, 2, 0, 0],
        "┛" => [2, 0, 0, 2],
        "├" => [1, 1, 1, 0],
        "┤" => [1, 0, 1, 1],
        "┬" => [0, 1, 1, 1],
        "┴" => [1, 1, 0, 1],
        "┼" => [1, 1, 1, 1],
        "┣" => [2, 2, 2, 0],
        "┫" => [2, 0, 2, 2],
        "┳" => [0, 2, 2, 2],
        "┻" => [2, 2, 0, 2],
        "╋" => [2, 2, 2, 2],
        _ => return None,
    })
}

/// Whether a line is drawn in dashes.
pub fn is_dashed(symbol: &str) -> bool {
    matches!(symbol, "┄" | "┈" | "╌" | "┅" | "┉" | "╍" | "┆" | "┊" | "╎" | "┇" | "┋" | "╏")
}

/// The part of a cell that a block fills, from its top left, in shares of the cell: left, top, width, height; and how
/// solid it is.
pub fn block(symbol: &str) -> Option<([f32; 4], f32)> {
    const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if let Some(place) = EIGHTHS.iter().position(|known| *known == symbol) {
        let height = (place as f32 + 1.0) / 8.0;
        return Some(([0.0, 1.0 - height, 1.0, height], 1.0));
    }
    Some(match symbol {
        "░" => ([0.0, 0.0, 1.0, 1.0], 0.25),
        "▒" => ([0.0, 0.0, 1.0, 1.0], 0.5),
        "▓" => ([0.0, 0.0, 1.0, 1.0], 0.75),
        "▌" => ([0.0, 0.0, 0.5, 1.0], 1.0),
        "▐" => ([0.5, 0.0, 0.5, 1.0], 1.0),
        "▏" => ([0.0, 0.0, 0.125, 1.0], 1.0),
        "▕" => ([0.875, 0.0, 0.125, 1.0], 1.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_meet_the_lines_beside_them() {
        for (corner, right, below) in [("┏", "━", "┃"), ("╭", "─", "│"), ("├", "─", "│")] {
            let ([_, out, down, _], [.., into]) = (arms(corner).expect("a line"), arms(right).expect("a line"));
            assert_eq!(out, into, "{corner} {right}");
            assert_eq!(down, arms(below).expect("a line")[0], "{corner} {below}");
        }
        assert_eq!(arms("a"), None);
    }

    #[test]
    fn a_block_stands_on_the_floor_of_its_cell() {
        for symbol in ["▁", "▄", "█"] {
            let ([_, top, _, height], _) = block(symbol).expect("a block");
            assert_eq!(top + height, 1.0, "{symbol}");
        }
    }
}
