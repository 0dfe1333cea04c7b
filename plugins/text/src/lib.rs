//! The connector `text`: what flows do to texts and data many times over, and
//! what expressions lack or are slow at.

mod csv;
mod entropy;
mod lines;
mod path;
mod pick;

use drawbridge_sdk::Connector;

/// Makes the connector.
pub fn connector() -> Connector {
    Connector::new(
        "text",
        "1.0.0",
        "Text",
        "Picks fields out of data, reads CSV and lists of lines, and measures how random names look.",
    )
    .icon(include_str!("../icon.svg").trim_end())
    .category("Data")
    .publisher("Drawbridge")
    .license("Apache-2.0")
    .action(pick::action())
    .action(csv::action())
    .action(lines::action())
    .action(entropy::action())
}

drawbridge_sdk::export!(connector);

#[cfg(test)]
mod tests {
    #[test]
    fn examples_hold() {
        drawbridge_sdk::testing::check_examples(&super::connector());
    }
}
