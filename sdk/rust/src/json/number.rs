/// A JSON number. One that came as JSON keeps its digits.
#[derive(Clone, Debug)]
pub struct Number(Form);

#[derive(Clone, Debug)]
enum Form {
    Int(i64),
    /// A literal that is no i64: with a fraction or exponent, or too large.
    Text(Box<str>),
}

impl Number {
    /// A number from a literal that the parser has checked.
    pub(super) fn literal(text: &str, whole: bool) -> Self {
        // -0 is no i64: it would come back as 0.
        match text.parse() {
            Ok(n) if whole && text != "-0" => Number(Form::Int(n)),
            _ => Number(Form::Text(text.into())),
        }
    }

    /// The number, `None` where it is not finite.
    pub fn from_f64(v: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
        if !v.is_finite() {
            return None;
        }
        if v == v.trunc() && v.abs() < EXACT && !(v == 0.0 && v.is_sign_negative()) {
            return Some(Number(Form::Int(v as i64)));
        }
        let text = if v != 0.0 && (v.abs() >= 1e21 || v.abs() < 1e-6) {
            format!("{v:e}")
        } else {
            format!("{v}")
        };
        Some(Number(Form::Text(text.into())))
    }

    /// The whole number, where it is written as one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Int(n) => Some(n),
            Form::Text(_) => None,
        }
    }

    /// The number as near as an f64 comes; `None` where that would be infinite.
    pub fn as_f64(&self) -> Option<f64> {
        match &self.0 {
            Form::Int(n) => Some(*n as f64),
            Form::Text(text) => text.parse().ok().filter(|v: &f64| v.is_finite()),
        }
    }

    /// The literal, where it is no i64.
    pub(super) fn text(&self) -> Result<i64, &str> {
        match &self.0 {
            Form::Int(n) => Ok(*n),
            Form::Text(text) => Err(text),
        }
    }
}

impl From<i64> for Number {
    fn from(v: i64) -> Self {
        Number(Form::Int(v))
    }
}

impl From<u64> for Number {
    fn from(v: u64) -> Self {
        match i64::try_from(v) {
            Ok(n) => Number(Form::Int(n)),
            Err(_) => Number(Form::Text(v.to_string().into())),
        }
    }
}

/// Numbers are equal by value: 1.50 is 1.5.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Int(a), Form::Int(b)) => a == b,
            (Form::Text(a), Form::Text(b)) if a == b => true,
            _ => self.as_f64().is_some() && self.as_f64() == other.as_f64(),
        }
    }
}
