//! The transforms of the reference workloads as actions, to measure what the sandbox
//! costs: what core nodes compute, computed in Rust.

use drawbridge_sdk::{record, Action, Connector, Context, Error, Result, Value};

record! {
    /// What `normalise` takes.
    pub struct Raw {
        /// The alert as it came in.
        pub alert: Value,
    }

    /// What `normalise` answers.
    pub struct Alert {
        pub id: String,
        pub host: String,
        pub user: String,
        pub rule: String,
        pub severity: String,
        pub confidence: f64,
        pub indicators: u32,
    }

    /// What `score` takes.
    pub struct Facts {
        pub severity: String,
        pub confidence: f64,
        pub indicators: u32,
    }

    /// What `score` answers.
    pub struct Score {
        pub score: u32,
        pub verdict: String,
    }

    /// What `summary` takes.
    pub struct Scored {
        pub alert: Alert,
        pub score: u32,
        pub verdict: String,
    }

    /// What `summary` answers.
    pub struct Summary {
        pub id: String,
        pub host: String,
        pub user: String,
        pub score: u32,
        pub verdict: String,
        pub summary: String,
    }

    /// What `step` takes.
    pub struct Step {
        pub n: i64,
        pub i: i64,
    }

    /// What `step` answers.
    pub struct Stepped {
        pub n: i64,
    }

    /// What `item` takes.
    pub struct Indicator {
        pub value: String,
        #[name("type")]
        pub kind: String,
        pub score: i64,
    }

    /// What `item` answers, and `sum` takes.
    pub struct Item {
        pub v: String,
        pub t: String,
        pub score: i64,
        pub bad: bool,
    }

    /// What `sum` takes.
    pub struct Items {
        pub items: Vec<Item>,
    }

    /// What `sum` answers.
    pub struct Sum {
        pub count: u32,
        pub bad: u32,
        pub total: i64,
    }
}

/// Makes the connector.
pub fn connector() -> Connector {
    Connector::new("bench", "1.0.0", "Bench", "The reference workloads' transforms.")
        .category("Data")
        .publisher("Drawbridge")
        .license("Apache-2.0")
        .action(
            Action::new("normalise", "Normalise", normalise)
                .description("Picks and renames the fields of an alert.")
                .idempotent(),
        )
        .action(
            Action::new("score", "Score", score)
                .description("Weighs an alert.")
                .idempotent(),
        )
        .action(
            Action::new("summary", "Summary", summary)
                .description("Says what came out.")
                .idempotent(),
        )
        .action(
            Action::new("step", "Step", step)
                .description("One link of the chain.")
                .idempotent(),
        )
        .action(
            Action::new("item", "Item", item)
                .description("Looks at one indicator.")
                .idempotent(),
        )
        .action(
            Action::new("sum", "Sum", sum)
                .description("Adds the indicators up.")
                .idempotent(),
        )
}

drawbridge_sdk::export!(connector);

fn normalise(_: &Context, input: Raw) -> Result<Alert> {
    let alert = &input.alert;
    let text = |pointer: &str| {
        alert
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| Error::bad_input("/alert", format!("has no text at {pointer}")))
    };
    Ok(Alert {
        id: text("/id")?,
        host: text("/host/name")?,
        user: text("/user/name")?,
        rule: text("/rule")?.to_ascii_lowercase(),
        severity: text("/severity")?,
        confidence: alert.get("confidence").and_then(Value::as_f64).unwrap_or(0.0),
        indicators: alert
            .get("indicators")
            .and_then(Value::as_array)
            .map_or(0, |list| list.len() as u32),
    })
}

fn score(_: &Context, input: Facts) -> Result<Score> {
    let weight = match input.severity.as_str() {
        "low" => 10,
        "medium" => 30,
        "high" => 60,
        "critical" => 80,
        _ => {
            return Err(Error::bad_input(
                "/severity",
                "is none of low, medium, high and critical",
            ))
        }
    };
    let score = weight + 5 * input.indicators + if input.confidence > 80.0 { 10 } else { 0 };
    let verdict = match score {
        80.. => "escalate",
        40..=79 => "review",
        _ => "close",
    };
    Ok(Score {
        score,
        verdict: verdict.to_owned(),
    })
}

fn summary(_: &Context, input: Scored) -> Result<Summary> {
    let alert = input.alert;
    Ok(Summary {
        summary: format!("{} on {}: {}", alert.rule, alert.host, input.verdict),
        id: alert.id,
        host: alert.host,
        user: alert.user,
        score: input.score,
        verdict: input.verdict,
    })
}

fn step(_: &Context, input: Step) -> Result<Stepped> {
    Ok(Stepped {
        n: (input.n * 31 + input.i) % 1_000_003,
    })
}

fn item(_: &Context, input: Indicator) -> Result<Item> {
    Ok(Item {
        score: input.score * 2 + if input.kind == "ip" { 5 } else { 0 },
        bad: input.score >= 50,
        v: input.value,
        t: input.kind,
    })
}

fn sum(_: &Context, input: Items) -> Result<Sum> {
    Ok(Sum {
        count: input.items.len() as u32,
        bad: input.items.iter().filter(|i| i.bad).count() as u32,
        total: input.items.iter().map(|i| i.score).sum(),
    })
}
