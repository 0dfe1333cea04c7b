//! A connector for tests that keeps, grows and misbehaves as it is asked to.

use std::cell::RefCell;
use std::sync::atomic::{AtomicI64, Ordering};

use drawbridge_sdk::{record, Action, Connector, Context, Error, FromJson, Result, ToJson};

record! {
    struct Given {
        a: i64,
    }

    struct Counted {
        count: i64,
    }

    struct Grown {
        parts: usize,
        count: i64,
        byte: i64,
    }

    struct Found {
        found: usize,
    }
}

static CALLS: AtomicI64 = AtomicI64::new(0);

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = RefCell::new(Vec::new());
    static NAMES: RefCell<Vec<String>> = RefCell::new(Vec::new());
}

fn next() -> i64 {
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

fn count(_: &Context, _: Given) -> Result<Counted> {
    Ok(Counted { count: next() })
}

fn grow(_: &Context, _: Given) -> Result<Grown> {
    let before = CALLS.load(Ordering::Relaxed) as usize;
    let part: Vec<u8> = (0..3 << 20).map(|i| (before + i) as u8).collect();
    let byte = part[5].into();
    let parts = KEPT.with(|kept| {
        kept.borrow_mut().push(part);
        kept.borrow().len()
    });
    Ok(Grown {
        parts,
        count: next(),
        byte,
    })
}

/// Of 4 MiB that the host adds, the bytes that aren't zero: the allocator would
/// write zeros itself.
#[cfg(target_arch = "wasm32")]
fn unclean() -> usize {
    const PAGES: usize = 64;
    let first = core::arch::wasm32::memory_grow(0, PAGES);
    assert_ne!(first, usize::MAX, "there is no more memory");
    let at = (first << 16) as *const u8;
    (0..PAGES << 16)
        .filter(|i| unsafe { at.add(*i).read_volatile() } != 0)
        .count()
}

#[cfg(not(target_arch = "wasm32"))]
fn unclean() -> usize {
    0
}

/// Many small values that are kept, from the lists of the allocator.
fn names(_: &Context, _: Given) -> Result<Found> {
    let found = NAMES.with(|names| {
        let mut names = names.borrow_mut();
        for i in 0..2000 {
            names.push(format!("name {} {}", i, "x".repeat(i % 300)));
        }
        names.len()
    });
    Ok(Found { found })
}

fn fail(_: &Context, _: Given) -> Result<Counted> {
    Err(Error::new("teapot", format!("call {}", next())))
}

fn panic(_: &Context, _: Given) -> Result<Counted> {
    panic!("boom at call {}", next())
}

fn exit(_: &Context, _: Given) -> Result<Counted> {
    next();
    std::process::exit(3)
}

fn endless(_: &Context, _: Given) -> Result<Counted> {
    loop {
        next();
    }
}

fn hog(_: &Context, _: Given) -> Result<Counted> {
    loop {
        KEPT.with(|kept| kept.borrow_mut().push(vec![1; 1 << 20]));
    }
}

#[inline(never)]
#[allow(unconditional_recursion)] // that is what is tried
fn deeper(above: &i64) -> i64 {
    let here = above + 1;
    // Read as if it could change, so that no loop is made of it.
    deeper(&here) + unsafe { std::ptr::read_volatile(&here) }
}

fn action<O, F>(id: &'static str, run: F) -> Action
where
    O: FromJson + ToJson,
    F: Fn(&Context, Given) -> Result<O> + Send + Sync + 'static,
{
    Action::new(id, id, run).description(id)
}

fn connector() -> Connector {
    Connector::new("guest", "1.0.0", "Guest", "Keeps, grows and misbehaves.")
        .action(action("echo", |_, input: Given| Ok(input)))
        .action(action("count", count))
        .action(action("grow", grow))
        .action(action("zero", |_, _| Ok(Found { found: unclean() })))
        .action(action("names", names))
        .action(action("fail", fail))
        .action(action("panic", panic))
        .action(action("exit", exit))
        .action(action("loop", endless))
        .action(action("hog", hog))
        .action(action("recurse", |_, input| {
            Ok(Counted {
                count: deeper(&input.a),
            })
        }))
}

drawbridge_sdk::export!(connector);
