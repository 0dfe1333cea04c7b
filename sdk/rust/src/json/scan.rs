/// Finds the first byte that ends a plain run of a JSON text: a quote, a
/// backslash or a control character. It looks at eight bytes at once, because a
/// loop costs more than what stands in it where steps are counted.
pub(super) fn special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    // The lowest bit that it sets is right; those above it may not be.
    let zeros = |w: u64| w.wrapping_sub(ONES) & !w & TOPS;
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut words {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        let w = u64::from_le_bytes(word);
        let controls = w.wrapping_sub(ONES * 0x20) & !w & TOPS;
        let same = |b: u8| zeros(w ^ (ONES * u64::from(b)));
        let found = same(b'"') | same(b'\\') | controls;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = words.remainder();
    let end = rest.iter().position(|&b| b == b'"' || b == b'\\' || b < b' ');
    end.map(|end| at + end)
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn every_byte_is_found_at_every_place() {
        for b in 0..=255u8 {
            let ends = b == b'"' || b == b'\\' || b < b' ';
            for size in 0..20 {
                for at in 0..size {
                    let mut text = vec![b'\xff'; size];
                    text[at] = b;
                    assert_eq!(special(&text), Some(at).filter(|_| ends), "{b} at {at} of {size}");
                    text[size - 1] = b'"';
                    assert_eq!(special(&text), Some(if ends { at } else { size - 1 }));
                }
            }
        }
    }
}
