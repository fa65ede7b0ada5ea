//! Text columns of the events: words of events, and texts that stay the same for runs of rows.

use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;
use arrow_schema::ArrowError;
use hashstress_engine::contract::event::Kind;

/// Longest word of an event.
const WIDEST: usize = 4;

/// Events whose words are put together at a time, and how many such pieces are remembered.
const PIECE: usize = 1024;
const PIECES: usize = 16;

/// The word of each event. Contracts alike have the same events one after the other: the words of those seen last are copied as a piece.
/// `ends` says where contracts end.
pub(super) fn words_of(memory: StringBuilder, kinds: &[Kind], ends: impl Iterator<Item = usize>) -> Result<StringArray, ArrowError> {
    try_offset(kinds.len() * WIDEST)?;
    let mut words = with_room(memory, kinds.len(), 2 * kinds.len());
    let mut pieces: Vec<(&[Kind], StringArray)> = Vec::with_capacity(PIECES + 1);
    let mut begin = 0;
    for end in ends.chain([kinds.len()]) {
        for piece in kinds[std::mem::replace(&mut begin, end)..end].chunks(PIECE) {
            if let Some(found) = pieces.iter().position(|(kinds, _)| are_same(kinds, piece)) {
                pieces[..=found].rotate_right(1);
            } else {
                pieces.insert(0, (piece, piece.iter().map(|kind| Some(kind.word())).collect()));
                pieces.truncate(PIECES);
            }
            words.append_array(&pieces[0].1)?;
        }
    }
    Ok(words.finish())
}

/// Whether the kinds are the same: all are looked at, many at once.
#[allow(clippy::needless_bitwise_bool, reason = "all are compared, so that the loop becomes one comparison of registers")]
fn are_same(one: &[Kind], other: &[Kind]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(true, |same, (one, other)| same & (*one as u8 == *other as u8))
}

/// Fewer rows of one text are added one by one.
const FEW: usize = 16;

/// Text that stays the same for a run of rows; each run says the row that follows it.
pub(super) fn runs_of<'a>(memory: StringBuilder, runs: impl Iterator<Item = (&'a str, usize)> + Clone) -> Result<StringArray, ArrowError> {
    let mut rows = 0;
    let lengths = runs.clone().map(|(text, end)| text.len() * (end - std::mem::replace(&mut rows, end)));
    let letters = lengths.sum();
    try_offset(letters)?;
    let mut texts = with_room(memory, rows, letters);
    let mut begin = 0;
    for (text, end) in runs {
        let count = end - std::mem::replace(&mut begin, end);
        if count < FEW {
            texts.append_value_n(text, count);
            continue;
        }
        // A piece that stays near the processor, as often as it fits.
        let length = count.min(PIECE);
        let piece = StringArray::new_repeated(text, length);
        for _ in 0..count / length {
            texts.append_array(&piece)?;
        }
        if count % length > 0 {
            texts.append_array(&piece.slice(0, count % length))?;
        }
    }
    Ok(texts.finish())
}

/// The builder if it has room for so many rows and bytes, else a new one.
fn with_room(memory: StringBuilder, rows: usize, letters: usize) -> StringBuilder {
    let fits = memory.offsets_capacity() > rows && memory.values_capacity() >= letters;
    if fits { memory } else { StringBuilder::with_capacity(rows, letters) }
}

/// Checks that a text column of so many bytes can be addressed.
fn try_offset(bytes: usize) -> Result<i32, ArrowError> {
    i32::try_from(bytes).map_err(|_| ArrowError::OffsetOverflowError(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_word() {
        for count in [0, 1, PIECE - 1, PIECE, 3 * PIECE + 1] {
            let kinds: Vec<_> = (0..count).map(|row| [Kind::Ied, Kind::Pr, Kind::Ipfx, Kind::Md][row * row % 4]).collect();
            for step in [1, 7, 10_000] {
                let ends = (0..count).step_by(step);
                let words = words_of(StringBuilder::new(), &kinds, ends).unwrap();
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
        let words = words_of(StringBuilder::new(), &kinds, ends).unwrap();
        assert_eq!(words.iter().flatten().collect::<Vec<_>>(), vec!["PR"; kinds.len()]);
    }

    #[test]
    fn long_runs_are_repeated() {
        for count in [FEW - 1, FEW, PIECE - 1, PIECE, 2 * PIECE, 3 * PIECE + 5] {
            let runs = [("é", count), ("", 2 * count), ("USD", 3 * count)];
            let texts = runs_of(StringBuilder::new(), runs.into_iter()).unwrap();
            let expected = runs.iter().flat_map(|(text, _)| vec![*text; count]).collect::<Vec<_>>();
            assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), expected, "{count}");
        }
    }

    #[test]
    fn runs_are_repeated() {
        for (runs, texts) in
            [(vec![], vec![]), (vec![("USD", 2), ("", 3), ("BTC", 4)], vec!["USD", "USD", "", "BTC"]), (vec![("x", 0)], vec![])]
        {
            assert_eq!(runs_of(StringBuilder::new(), runs.into_iter()).unwrap().iter().flatten().collect::<Vec<_>>(), texts);
        }
    }
}
