//! Text columns of the events: words of events, and texts that stay the same for runs of rows.

use arrow_array::StringArray;
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use hashstress_engine::contract::event::Kind;

/// A text column being written: where each text ends, after a first 0, and all letters one after the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ends: Vec<i32>,
    letters: Vec<u8>,
    /// The first length that cannot be addressed; nothing is written from there on.
    too_long: Option<usize>,
}

impl Texts {
    /// An empty column in the memory of another one; in memory of its own where somebody else holds that.
    pub(super) fn in_place_of(column: StringArray) -> Self {
        let (ends, letters, _) = column.into_parts();
        let mut texts = Self {
            ends: ends.into_inner().into_inner().into_vec().unwrap_or_default(),
            letters: letters.into_vec().unwrap_or_default(),
            too_long: None,
        };
        texts.ends.clear();
        texts.letters.clear();
        texts
    }

    /// Makes room.
    fn reserve(&mut self, rows: usize, letters: usize) {
        self.ends.reserve(rows + 1);
        self.letters.reserve(letters);
    }

    /// The offset at which the next text begins, if so many more letters can be addressed.
    fn offset_before(&mut self, more: usize) -> Option<i32> {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let end = self.letters.len() + more;
        if i32::try_from(end).is_err() {
            self.too_long.get_or_insert(end);
        }
        self.ends.last().copied().filter(|_| self.too_long.is_none())
    }

    /// Adds a text so many times.
    fn repeat(&mut self, text: &str, count: usize) {
        let (begin, wanted) = (self.letters.len(), text.len() * count);
        let (Some(first), Ok(count), Ok(step)) = (self.offset_before(wanted), i32::try_from(count), i32::try_from(text.len())) else {
            return;
        };
        if count > 0 {
            self.letters.extend_from_slice(text.as_bytes());
        }
        // What is there is doubled until it is enough.
        while self.letters.len() - begin < wanted {
            let there = self.letters.len() - begin;
            self.letters.extend_from_within(begin..begin + there.min(wanted - there));
        }
        // None is above the last one, which can be addressed.
        let next = first.wrapping_add(step);
        self.ends.extend((0..count).map(|k| next.wrapping_add(k.wrapping_mul(step))));
    }

    /// Adds the texts of a piece.
    fn append(&mut self, piece: &Self) {
        let Some(first) = self.offset_before(piece.letters.len()) else { return };
        self.letters.extend_from_slice(&piece.letters);
        // No sum is above the end, which was checked.
        self.ends.extend(piece.ends.iter().skip(1).map(|end| first.wrapping_add(*end)));
    }

    fn try_finish(mut self) -> Result<StringArray, ArrowError> {
        self.offset_before(0);
        match self.too_long {
            Some(length) => Err(ArrowError::OffsetOverflowError(length)),
            // Looking at all of it again would cost an eighth of the call (decision 0010).
            #[allow(unsafe_code, reason = "offsets begin at 0, never fall, end at the letters' end, and lie between whole texts")]
            None => Ok(unsafe {
                let ends = OffsetBuffer::new_unchecked(ScalarBuffer::from(self.ends));
                StringArray::new_unchecked(ends, Buffer::from_vec(self.letters), None)
            }),
        }
    }
}

/// Events whose words are put together at a time, and how many such pieces are remembered.
const PIECE: usize = 1024;
const PIECES: usize = 16;

/// The word of each event. Contracts alike have the same events one after the other: the words of those seen last are copied as a piece.
/// `ends` says where contracts end.
pub(super) fn words_of(mut words: Texts, kinds: &[Kind], ends: impl Iterator<Item = usize>) -> Result<StringArray, ArrowError> {
    words.reserve(kinds.len(), 2 * kinds.len());
    let mut pieces: Vec<(&[Kind], Texts)> = Vec::with_capacity(PIECES + 1);
    let mut begin = 0;
    for end in ends.chain([kinds.len()]) {
        for piece in kinds[std::mem::replace(&mut begin, end)..end].chunks(PIECE) {
            if let Some(found) = pieces.iter().position(|(kinds, _)| are_same(kinds, piece)) {
                pieces[..=found].rotate_right(1);
            } else {
                let mut texts = Texts::default();
                piece.iter().for_each(|kind| texts.repeat(kind.word(), 1));
                pieces.insert(0, (piece, texts));
                pieces.truncate(PIECES);
            }
            words.append(&pieces[0].1);
        }
    }
    words.try_finish()
}

/// Whether the kinds are the same: all are looked at, many at once.
#[allow(clippy::needless_bitwise_bool, reason = "all are compared, so that the loop becomes one comparison of registers")]
fn are_same(one: &[Kind], other: &[Kind]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(true, |same, (one, other)| same & (*one as u8 == *other as u8))
}

/// Text that stays the same for a run of rows; each run says the row that follows it.
pub(super) fn runs_of<'a>(mut texts: Texts, runs: impl Iterator<Item = (&'a str, usize)> + Clone) -> Result<StringArray, ArrowError> {
    let mut rows = 0;
    let letters = runs.clone().map(|(text, end)| text.len() * (end - std::mem::replace(&mut rows, end))).sum::<usize>();
    texts.reserve(rows, if i32::try_from(letters).is_ok() { letters } else { 0 });
    let mut begin = 0;
    for (text, end) in runs {
        texts.repeat(text, end - std::mem::replace(&mut begin, end));
    }
    texts.try_finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Texts {
        /// Rows and letters there is memory for.
        pub(in crate::contract) fn capacity(&self) -> (usize, usize) {
            (self.ends.capacity().saturating_sub(1), self.letters.capacity())
        }

        pub(in crate::contract) fn is_empty(&self) -> bool {
            self.ends.is_empty() && self.letters.is_empty()
        }

        /// Where its offsets are.
        pub(in crate::contract) fn place(&self) -> *const u8 {
            self.ends.as_ptr().cast()
        }
    }

    /// The column, after a look at all of it.
    fn whole(column: Result<StringArray, ArrowError>) -> StringArray {
        let (ends, letters, nulls) = column.unwrap().into_parts();
        let letters_end = letters.len();
        let column = StringArray::try_new(OffsetBuffer::new(ends.into_inner()), letters, nulls).unwrap();
        assert_eq!((column.value_offsets()[0], column.value_offsets().last().map(|end| *end as usize)), (0, Some(letters_end)));
        column
    }

    #[test]
    fn what_cannot_be_addressed_is_refused_before_it_is_written() {
        let (mebi, usd) = ("x".repeat(1 << 20), ("USD", 3));
        let runs = [usd, (mebi.as_str(), 3 + (1 << 11)), ("USD", 9 + (1 << 11))];
        let refused = runs_of(Texts::default(), runs.into_iter()).unwrap_err();
        assert!(matches!(refused, ArrowError::OffsetOverflowError(bytes) if bytes == 9 + (1 << 31)), "{refused}");
    }

    #[test]
    fn every_event_has_its_word() {
        for count in [0, 1, PIECE - 1, PIECE, 3 * PIECE + 1] {
            let kinds: Vec<_> = (0..count).map(|row| [Kind::Ied, Kind::Pr, Kind::Ipfx, Kind::Md][row * row % 4]).collect();
            for step in [1, 7, 10_000] {
                let ends = (0..count).step_by(step);
                let words = whole(words_of(Texts::default(), &kinds, ends));
                assert!(words.iter().flatten().eq(kinds.iter().map(|kind| kind.word())), "{count} {step}");
            }
        }
    }

    #[test]
    fn more_pieces_than_are_remembered() {
        let pieces = (1..=2 * PIECES).chain([1, 2, 1]).map(|count| vec![Kind::Pr; count]).collect::<Vec<_>>();
        let ends = pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        });
        let kinds = pieces.concat();
        let words = whole(words_of(Texts::default(), &kinds, ends));
        assert_eq!(words.iter().flatten().collect::<Vec<_>>(), vec!["PR"; kinds.len()]);
    }

    #[test]
    fn long_runs_are_repeated() {
        for count in [1, 2, 15, 1000] {
            let runs = [("é", count), ("", 2 * count), ("USD", 3 * count)];
            let texts = whole(runs_of(Texts::default(), runs.into_iter()));
            let expected = runs.iter().flat_map(|(text, _)| vec![*text; count]).collect::<Vec<_>>();
            assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), expected, "{count}");
        }
    }

    #[test]
    fn runs_are_repeated() {
        for (runs, texts) in
            [(vec![], vec![]), (vec![("USD", 2), ("", 3), ("BTC", 4)], vec!["USD", "USD", "", "BTC"]), (vec![("x", 0)], vec![])]
        {
            assert_eq!(whole(runs_of(Texts::default(), runs.into_iter())).iter().flatten().collect::<Vec<_>>(), texts);
        }
    }
}
