//! What an algorithm does wrong ends the run with a fault that names the role and the round, and never
//! hangs it.

use crate::staged::{PLACEMENTS, fault, options};
use crate::walk::{Slip, Walk};
use dpac_actors::{Address, Cause, Fault};

fn slipped(slip: Slip, wire_check: bool) -> [Fault; 2] {
    PLACEMENTS.map(|placement| {
        let mut options = options(100, 2, placement);
        options.wire_check = wire_check;
        fault(Walk { slip: Some(slip), ..Walk::default() }, &options)
    })
}

/// The fault in both placements, which also agree about it.
fn fault_of(slip: Slip) -> Fault {
    let [shard, role] = slipped(slip, false);
    // Compared as text, since a number that is not one does not equal itself.
    assert_eq!(format!("{shard:?}"), format!("{role:?}"));
    shard
}

fn panicked(role: Address, round: u32, text: &str) -> Fault {
    Fault { role, round, cause: Cause::Panic(text.into()) }
}

fn failed(role: Address, round: u32, text: &str) -> Fault {
    Fault { role, round, cause: Cause::Algorithm(text.into()) }
}

#[test]
fn a_panic_of_the_coordinator_is_the_servers_fault() {
    assert_eq!(fault_of(Slip::CoordinatorPanics), panicked(Address::Server, 0, "no coordinator"));
    assert_eq!(fault_of(Slip::StartPanics), panicked(Address::Server, 0, "no start"));
    assert_eq!(fault_of(Slip::NextPanics), panicked(Address::Server, 1, "no next turn"));
}

#[test]
fn what_the_coordinator_finds_wrong_is_the_servers_fault() {
    assert_eq!(fault_of(Slip::StartFails), failed(Address::Server, 0, "no start"));
    assert_eq!(fault_of(Slip::NextFails), failed(Address::Server, 1, "no next turn"));
}

#[test]
fn a_learner_that_cannot_be_made_ends_the_run() {
    assert_eq!(fault_of(Slip::LearnerPanics), panicked(Address::Client(0), 0, "no learner"));
}

#[test]
fn a_panic_or_an_error_while_preparing_names_the_role_that_prepares() {
    assert_eq!(fault_of(Slip::PreparePanics), panicked(Address::Critic(0), 1, "not prepared"));
    assert_eq!(fault_of(Slip::PrepareFails), failed(Address::Critic(0), 1, "not prepared"));
}

#[test]
fn a_panic_in_local_steps_names_the_worker() {
    let [shard, role] = slipped(Slip::StepsPanic, false);
    for Fault { role, round, cause } in [shard, role] {
        assert_eq!((role, round), (Address::Critic(3), 1));
        assert!(matches!(&cause, Cause::Panic(text) if text.contains("a step missed")), "{cause}");
    }
}

#[test]
fn a_number_that_is_not_one_is_found_where_it_enters_the_wire() {
    let Fault { role, round, cause } = fault_of(Slip::NotANumber);
    assert_eq!((role, round), (Address::Critic(3), 1));
    let Cause::NotFinite { vector: "psi", index: 1, value } = cause else { panic!("{cause}") };
    assert!(value.is_nan());
}

#[test]
fn a_reply_of_the_wrong_shape_names_its_client() {
    let length = |found| Cause::Length { vector: "psi", found, expected: 4 };
    let from = |cause| Fault { role: Address::Client(3), round: 1, cause };
    assert_eq!(fault_of(Slip::TooLong), from(length(5)));
    assert_eq!(fault_of(Slip::TooShort), from(length(1)));
    let count = |n: u32| Cause::Unexpected(format!("a reply of {n} vectors, expected 1"));
    assert_eq!(fault_of(Slip::NoReply), from(count(0)));
}

#[test]
fn a_reply_with_more_vectors_than_its_kind_declares_names_its_worker() {
    let what = "a critic_up with 2 vectors and 0 of integers, which has at most 1 and 0";
    let cause = Cause::Unexpected(what.to_owned());
    assert_eq!(fault_of(Slip::TooMany), Fault { role: Address::Critic(3), round: 1, cause });
}

#[test]
fn the_wire_check_finds_a_reply_that_its_kind_does_not_declare_at_the_worker() {
    for Fault { role, round, cause } in slipped(Slip::TooMany, true) {
        assert_eq!((role, round), (Address::Critic(3), 1));
        assert!(matches!(cause, Cause::Codec(_)), "{cause}");
    }
}

#[test]
fn a_turn_that_cannot_be_carried_out_is_the_servers_fault() {
    for slip in [Slip::UnknownKind, Slip::NoOrder] {
        let Fault { role, round, cause } = fault_of(slip);
        assert_eq!((role, round), (Address::Server, 1), "{slip:?}");
        assert!(matches!(cause, Cause::Turn(_)), "{slip:?}: {cause}");
    }
}

#[test]
fn the_only_client_and_the_only_thread_end_a_run_too() {
    for placement in PLACEMENTS {
        for slip in [Slip::LearnerPanics, Slip::PreparePanics, Slip::PrepareFails, Slip::NextPanics] {
            fault(Walk { slip: Some(slip), ..Walk::default() }, &options(1, 1, placement));
        }
    }
}

#[test]
fn more_waiting_shards_than_credit_end_with_the_one_that_fails() {
    // Blocks of 16: the first claims of 8 threads all wait for the credit of block 0, where client 3 panics.
    for slip in [Slip::StepsPanic, Slip::TooLong] {
        for placement in PLACEMENTS {
            let fault = fault(Walk { slip: Some(slip), ..Walk::default() }, &options(1000, 8, placement));
            assert_eq!(fault.round, 1);
        }
    }
}

#[test]
fn faults_are_told_to_people() {
    let fault = failed(Address::Critic(3), 1, "no such thing");
    assert_eq!(fault.to_string(), "critic:3 in round 1: no such thing");
}
