use super::Value;

/// The members of a JSON object, in order. Keys are unique.
#[derive(Clone, Debug, Default)]
pub struct Object {
    members: Vec<(String, Value)>,
}

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Object::default()
    }

    /// An object of members whose keys are known to differ.
    pub(super) fn of(members: Vec<(String, Value)>) -> Self {
        Object { members }
    }

    /// The member of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Takes the member of a key out.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.members.iter().position(|(k, _)| k == key)?;
        Some(self.members.remove(at).1)
    }

    /// Sets a member: in the place of the one of that key, or as the last.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl Into<Value>) -> &mut Self {
        self.put(key.as_ref(), value.into());
        self
    }

    /// The same without generics: declarations call it hundreds of times, and it
    /// must not stand in the code as often.
    #[doc(hidden)]
    #[inline(never)]
    pub fn put(&mut self, key: &str, value: Value) {
        match self.members.iter_mut().find(|(k, _)| k == key) {
            Some(member) => member.1 = value,
            None => self.members.push((key.to_owned(), value)),
        }
    }

    /// Adds a member whose key is known not to be there, without looking.
    pub(crate) fn push(&mut self, key: String, value: Value) {
        self.members.push((key, value));
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

/// Of members with one key the last counts.
impl FromIterator<(String, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(members: I) -> Self {
        let mut object = Object::new();
        for (key, value) in members {
            object.set(key, value);
        }
        object
    }
}

/// Two objects are equal where their members are, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}
