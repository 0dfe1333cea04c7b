//! How random a name looks: generated domains have more entropy and fewer vowels
//! than those that people chose.

use drawbridge_sdk::{list, object, record, Action, Context, Error, Result};

record! {
    /// What `entropy` takes.
    pub struct Input {
        /// The texts to measure, such as the labels of domains. At most 10,000.
        pub values: Vec<String>,
        /// From so many bits a character on a text counts as random. 3.5 suits labels of domains.
        #[default(3.5)]
        #[min(0)]
        #[max(8)]
        pub threshold: f64,
        /// Shorter texts never count as random: their entropy says little.
        #[default(10)]
        #[min(1)]
        #[max(1000)]
        pub min_length: u32,
    }

    /// What `entropy` answers.
    pub struct Output {
        /// One for each value, in their order.
        pub results: Vec<Measure>,
        /// The values that look random, each once.
        pub random: Vec<String>,
        /// The highest entropy of all; 0 where there is no value.
        pub highest: f64,
    }

    /// What is measured of one text. Capitals count as small letters.
    pub struct Measure {
        pub value: String,
        /// Shannon entropy in bits a character.
        pub entropy: f64,
        /// The number of characters.
        pub length: usize,
        /// The share of digits among the characters.
        pub digits: f64,
        /// The share of vowels among the letters a to z.
        pub vowels: f64,
        /// The longest run of consonants.
        pub consonants: usize,
        pub random: bool,
    }
}

const MOST: usize = 10_000;

pub fn action() -> Action {
    Action::new("entropy", "Measure randomness", entropy)
        .description("Measures the Shannon entropy of texts, with the shares of digits and vowels, to tell generated names from chosen ones.")
        .idempotent()
        .example(
            "a chosen name and a generated one",
            object! {"values" => list!["drawbridge", "xj4k9qz7vw2p"]},
            object! {
                "results" => list![
                    object! {"value" => "drawbridge", "entropy" => 2.9219, "length" => 10, "vowels" => 0.3, "consonants" => 3, "random" => false},
                    object! {"entropy" => 3.585, "digits" => 0.3333, "vowels" => 0, "random" => true},
                ],
                "random" => list!["xj4k9qz7vw2p"],
                "highest" => 3.585,
            },
        )
        .example(
            "short texts say little",
            object! {"values" => list!["x7", "x7q", ""], "threshold" => 0.5, "minLength" => 3},
            object! {
                "results" => list![
                    object! {"entropy" => 1, "random" => false}, object! {"length" => 3, "random" => true},
                    object! {"entropy" => 0, "length" => 0, "random" => false},
                ],
                "random" => list!["x7q"],
            },
        )
        .fails(
            "a threshold beyond what there is",
            object! {"values" => list![], "threshold" => 9},
            Error::bad_input("/threshold", "must be at most 8"),
        )
}

fn entropy(_: &Context, input: Input) -> Result<Output> {
    if input.values.len() > MOST {
        return Err(Error::bad_input("/values", format!("has more than {MOST} texts")));
    }
    let mut out = Output {
        results: Vec::with_capacity(input.values.len()),
        random: Vec::new(),
        highest: 0.0,
    };
    let mut seen = std::collections::BTreeSet::new();
    for value in input.values {
        let mut measure = measure(value);
        measure.random = measure.entropy >= input.threshold && measure.length >= input.min_length as usize;
        if measure.random && seen.insert(measure.value.clone()) {
            out.random.push(measure.value.clone());
        }
        out.highest = out.highest.max(measure.entropy);
        out.results.push(measure);
    }
    Ok(out)
}

fn measure(value: String) -> Measure {
    let (mut length, mut digits, mut letters, mut vowels) = (0usize, 0usize, 0usize, 0usize);
    let (mut run, mut longest) = (0usize, 0usize);
    let mut ascii = [0u32; 128];
    let mut others = std::collections::BTreeMap::new();
    for c in value.chars() {
        let c = c.to_ascii_lowercase();
        length += 1;
        match ascii.get_mut(c as usize) {
            Some(count) => *count += 1,
            None => *others.entry(c).or_insert(0u32) += 1,
        }
        digits += usize::from(c.is_ascii_digit());
        let vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        letters += usize::from(c.is_ascii_lowercase());
        vowels += usize::from(vowel);
        run = if c.is_ascii_lowercase() && !vowel {
            run + 1
        } else {
            0
        };
        longest = longest.max(run);
    }
    let counts = ascii.iter().chain(others.values()).filter(|&&n| n > 0);
    let bits: f64 = counts
        .map(|&n| -share(n as usize, length) * share(n as usize, length).log2())
        .sum();
    Measure {
        entropy: round(bits),
        length,
        digits: round(share(digits, length)),
        vowels: round(share(vowels, letters)),
        consonants: longest,
        random: false,
        value,
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Rounds to four places: more would say nothing, and is not the same on every
/// machine.
fn round(x: f64) -> f64 {
    (x * 10_000.0).round() / 10_000.0 + 0.0
}
