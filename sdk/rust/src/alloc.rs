//! Memory for small values. Data of JSON is many small texts, and the allocator
//! of the C library takes most of a call's time for them: this one gives pieces
//! of a few sizes from lists, and leaves large ones to the other.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// Sizes are multiples of it, and so are addresses.
const STEP: usize = 16;
/// The largest size that is given from a list.
const SMALL: usize = 512;
/// What is taken from the other allocator at once.
const CHUNK: usize = 16 << 10;
/// The unit in which the host puts memory back.
pub const PAGE: usize = 4 << 10;

/// The allocator of a module.
pub struct Small {
    state: UnsafeCell<State>,
}

struct State {
    /// Pieces that were given back, by size; each begins with the next one.
    free: [*mut u8; SMALL / STEP],
    /// The rest of the last chunk.
    next: usize,
    end: usize,
}

// A module has one thread.
unsafe impl Sync for Small {}

impl Small {
    /// An allocator that has nothing yet.
    pub const fn new() -> Self {
        let free = [null_mut(); SMALL / STEP];
        let state = UnsafeCell::new(State {
            free,
            next: 0,
            end: 0,
        });
        Small { state }
    }

    /// Makes ready for the image that calls start from: what a call asks for is to
    /// lie together on pages of its own, and not here and there between what stays,
    /// because each page that it writes is put back.
    pub fn settle(&self) {
        let state = unsafe { &mut *self.state.get() };
        let chunk = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, PAGE)) };
        if !chunk.is_null() {
            state.free = [null_mut(); SMALL / STEP];
            state.next = chunk as usize;
            state.end = state.next + CHUNK;
        }
    }
}

/// The list that a size is given from; `None` for large ones.
fn list_of(layout: Layout) -> Option<usize> {
    let small = layout.size() <= SMALL && layout.size() > 0 && layout.align() <= STEP;
    small.then(|| (layout.size() - 1) / STEP)
}

unsafe impl GlobalAlloc for Small {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let list = match list_of(layout) {
            Some(list) => list,
            None => return System.alloc(layout),
        };
        let state = &mut *self.state.get();
        let piece = state.free[list];
        if !piece.is_null() {
            state.free[list] = *piece.cast::<*mut u8>();
            return piece;
        }
        let size = (list + 1) * STEP;
        if state.end - state.next < size {
            let chunk = System.alloc(Layout::from_size_align_unchecked(CHUNK, STEP));
            if chunk.is_null() {
                return chunk;
            }
            state.next = chunk as usize;
            state.end = state.next + CHUNK;
        }
        state.next += size;
        (state.next - size) as *mut u8
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match list_of(layout) {
            Some(list) => {
                let state = &mut *self.state.get();
                *piece.cast::<*mut u8>() = state.free[list];
                state.free[list] = piece;
            }
            None => System.dealloc(piece, layout),
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let new = Layout::from_size_align_unchecked(size, layout.align());
        match (list_of(layout), list_of(new)) {
            (None, None) => return System.realloc(piece, layout, size),
            (Some(a), Some(b)) if a == b => return piece,
            _ => {}
        }
        let moved = self.alloc(new);
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(piece, moved, layout.size().min(size));
            self.dealloc(piece, layout);
        }
        moved
    }
}
