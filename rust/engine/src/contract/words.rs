//! Words of the trade: an enumeration, its spelling in a contract's terms, and nothing else.

/// Declares an enumeration whose members have one word each, and perhaps other spellings of it.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$member_doc:meta])* $member:ident = $word:literal $(| $other:literal)*,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$member_doc])* $member,)+ }

        impl $name {
            /// Every word, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// From its word, in any of its spellings.
            pub fn try_parse(word: &str) -> Option<Self> {
                match word {
                    $($word $(| $other)* => Some(Self::$member),)+
                    _ => None,
                }
            }

            /// Its word.
            pub fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// An example.
        pub enum Example {
            /// One.
            #[default]
            One = "1" | "one",
            /// Two.
            Two = "2",
        }
    }

    #[test]
    fn words_go_there_and_back() {
        assert_eq!(Example::WORDS, ["1", "2"]);
        assert_eq!(["1", "one", "2", "3"].map(Example::try_parse), [Some(Example::One), Some(Example::One), Some(Example::Two), None]);
        assert_eq!([Example::default(), Example::Two].map(Example::word), ["1", "2"]);
    }
}
