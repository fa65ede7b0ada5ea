//! Text columns of the events: words of events, and texts that stay the same for runs of rows.

use arrow_array::StringArray;
use arrow_buffer::OffsetBuffer;
use arrow_schema::ArrowError;
use hashstress_engine::contract::event::Kind;

use super::memory::Text;

/// Longest word of an event.
const WIDEST: usize = 4;

/// The words of events in that width, with their lengths.
static WORDS: [([u8; WIDEST], usize); Kind::WORDS.len()] = {
    let mut words = [([0; WIDEST], 0); Kind::WORDS.len()];
    let mut kind = 0;
    while kind < words.len() {
        let word = Kind::WORDS[kind].as_bytes();
        let mut byte = 0;
        while byte < word.len() {
            words[kind].0[byte] = word[byte];
            byte += 1;
        }
        words[kind].1 = word.len();
        kind += 1;
    }
    words
};

/// Words that are put together before they are added to the column.
const SOME: usize = 1024;

/// The word of each event. Words are short: as many bytes as the longest has are copied at once, and those too many are written over by the next
/// word.
pub(super) fn words_of(memory: Text, kinds: &[Kind]) -> Result<StringArray, ArrowError> {
    let Text { mut offsets, mut letters } = memory;
    try_offset(kinds.len() * WIDEST)?;
    offsets.reserve(kinds.len() + 1);
    offsets.push(0);
    let mut some = [0; (SOME + 1) * WIDEST];
    for kinds in kinds.chunks(SOME) {
        let (from, mut at) = (letters.len(), 0);
        offsets.extend(kinds.iter().map(|kind| {
            let (word, length) = WORDS[*kind as usize];
            some[at..at + WIDEST].copy_from_slice(&word);
            at += length;
            (from + at) as i32
        }));
        letters.extend_from_slice(&some[..at]);
    }
    text_column(offsets, letters)
}

/// Text that stays the same for a run of rows; each run says the row that follows it.
pub(super) fn runs_of<'a>(memory: Text, runs: impl Iterator<Item = (&'a str, usize)> + Clone) -> Result<StringArray, ArrowError> {
    let Text { mut offsets, letters: mut text } = memory;
    let mut rows = 0;
    let lengths = runs.clone().map(|(text, end)| text.len() * (end - std::mem::replace(&mut rows, end)));
    text.reserve(try_offset(lengths.sum())? as usize);
    offsets.reserve(rows + 1);
    offsets.push(0);
    for (word, end) in runs {
        let count = end + 1 - offsets.len();
        let (from, length) = (text.len() as i32, word.len() as i32);
        repeat(&mut text, word.as_bytes(), count);
        offsets.extend((1..=count as i32).map(|row| from + row * length));
    }
    text_column(offsets, text)
}

/// Checks that a text column of so many bytes can be addressed.
fn try_offset(bytes: usize) -> Result<i32, ArrowError> {
    i32::try_from(bytes).map_err(|_| ArrowError::OffsetOverflowError(bytes))
}

fn text_column(offsets: Vec<i32>, text: Vec<u8>) -> Result<StringArray, ArrowError> {
    StringArray::try_new(OffsetBuffer::new(offsets.into()), text.into(), None)
}

/// Adds a text so many times, doubling what is there already.
fn repeat(bytes: &mut Vec<u8>, text: &[u8], count: usize) {
    let (begin, whole) = (bytes.len(), text.len() * count);
    if whole == 0 {
        return;
    }
    bytes.extend_from_slice(text);
    while bytes.len() - begin < whole {
        let done = bytes.len() - begin;
        bytes.extend_from_within(begin..begin + done.min(whole - done));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used() -> Text {
        Text { offsets: Vec::with_capacity(3), letters: Vec::with_capacity(1) }
    }

    #[test]
    fn every_event_has_its_word() {
        for count in [0, 1, SOME - 1, SOME, 3 * SOME + 1] {
            let kinds: Vec<_> = (0..count).map(|row| [Kind::Ied, Kind::Pr, Kind::Ipfx, Kind::Md][row * row % 4]).collect();
            let words = words_of(used(), &kinds).unwrap();
            assert!(words.iter().flatten().eq(kinds.iter().map(|kind| kind.word())), "{count}");
        }
    }

    #[test]
    fn runs_are_repeated() {
        for (runs, texts) in
            [(vec![], vec![]), (vec![("USD", 2), ("", 3), ("BTC", 4)], vec!["USD", "USD", "", "BTC"]), (vec![("x", 0)], vec![])]
        {
            assert_eq!(runs_of(used(), runs.into_iter()).unwrap().iter().flatten().collect::<Vec<_>>(), texts);
        }
    }
}
