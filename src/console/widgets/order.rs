//! What a list goes by: its own order first, and others in turn.

/// What a list goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The order it has by itself.
    Own,
    /// Names.
    Name,
    /// How soon a person must look.
    State,
    /// The lag, the greatest first; what is not known before any number.
    Lag,
    /// The plan's own order.
    Plan,
    /// What differs most first.
    Difference,
}

impl By {
    /// In a title.
    fn word(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Name => "by name",
            Self::State => "by state",
            Self::Lag => "by lag",
            Self::Plan => "as in the plan",
            Self::Difference => "by difference",
        }
    }
}

/// The order of a list, one of a few.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    among: &'static [By],
    at: usize,
}

impl Order {
    /// The list's own order, and these in turn.
    pub const fn among(among: &'static [By]) -> Self {
        Self { among, at: 0 }
    }

    /// What it goes by now.
    pub fn by(self) -> By {
        self.at.checked_sub(1).and_then(|at| self.among.get(at)).copied().unwrap_or(By::Own)
    }

    /// The next order, its own after the last.
    pub fn turn(&mut self) {
        self.at = (self.at + 1) % (self.among.len() + 1);
    }

    /// `base`, and what the list goes by where that is not its own order: `Runbook 6/17 · by name [o]`.
    pub fn title(self, base: &str, key: &str) -> String {
        match self.by() {
            By::Own => base.to_owned(),
            by => format!("{base} · {} [{key}]", by.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_through_the_orders_comes_round_and_the_title_says_which() {
        let mut order = Order::among(&[By::Name, By::Lag]);
        let mut titles = Vec::new();
        for _ in 0..4 {
            titles.push(order.title("Replication", "o"));
            order.turn();
        }
        assert_eq!(titles, ["Replication", "Replication · by name [o]", "Replication · by lag [o]", "Replication"]);
    }
}
