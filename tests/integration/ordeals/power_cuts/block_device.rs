//! Copies of an ext4 file system, taken while a run writes to it.

use super::super::place::{Place, Random, count};
use super::{FRESH, goes_on};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A mounted file system, unmounted when the value goes.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn new(image: &Path, at: &'a Path) -> Option<Self> {
        // Nothing is written of itself, nor because a file is replaced: only what is asked for.
        let options = "loop,noauto_da_alloc,commit=300";
        let done =
            Command::new("mount").args(["-t", "ext4", "-o", options]).args([image, at]).output().ok()?;
        done.status.success().then_some(Mounted(at))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // A child that was just killed may still hold it for a moment.
        for _ in 0..200 {
            if Command::new("umount").arg(self.0).output().is_ok_and(|done| done.status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn format(image: &Path) -> bool {
    let file = std::fs::File::create(image).expect("a file");
    file.set_len(16 << 20).expect("room for an image");
    Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image).output().is_ok_and(|done| done.status.success())
}

/// The image as it was at one moment: two copies after another agree.
fn copy(image: &Path) -> Vec<u8> {
    let mut last = std::fs::read(image).expect("an image");
    loop {
        let next = std::fs::read(image).expect("an image");
        if next == last {
            return next;
        }
        last = next;
    }
}

#[test]
fn a_run_goes_on_from_copies_of_its_disk() {
    let images = count("DPAC_ORDEAL_IMAGES", 12) / 2;
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (image, mount) = (scratch.path().join("disk"), scratch.path().join("mount"));
    std::fs::create_dir(&mount).expect("a directory");
    if !format(&image) || Mounted::new(&image, &mount).is_none() {
        println!("not looked at: a loop device, mkfs.ext4 and the right to mount are needed");
        return;
    }
    let began = Instant::now();
    let expected = Place::new(12).lone(4, FRESH);
    let life = began.elapsed() * 2;
    let mut random = Random::of("copies of a disk");
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for cut in 0..images {
        assert!(format(&image));
        let mounted = Mounted::new(&image, &mount).expect("mounted before");
        let place = Place::inside(&mount, 12, 4);
        assert!(Command::new("sync").arg("-f").arg(&mount).status().expect("sync").success());
        let moment = random.moment_below(life);
        let running = place.start(FRESH);
        std::thread::sleep(moment);
        running.signal("STOP");
        let bytes = copy(&image);
        drop(running);
        drop(mounted);
        std::fs::write(&image, bytes).expect("an image");
        let mounted = Mounted::new(&image, &mount).expect("a file system that recovers");
        let when = format!("of copy {cut}, taken after {moment:?}");
        place.assert_furniture(&when);
        match goes_on(&place, FRESH, &expected) {
            Ok(way) => *ways.entry(way).or_default() += 1,
            Err(what) => wrong.push(format!("{when}: {what}")),
        }
        drop(place);
        drop(mounted);
    }
    println!("{images} copies of a disk: {ways:?}, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} of {images} copies: {wrong:#?}", wrong.len());
}
