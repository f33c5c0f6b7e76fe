//! What the kernel is asked to forbid to a command: files but the granted ones (Landlock), the network and what leads around files (seccomp),
//! and the powers of a privileged user (capabilities).
//!
//! Landlock knows TCP only, and no sockets that lie in the file system: through one of these a command could ask a service of the owner's,
//! such as the session bus, to run something outside. So sockets are forbidden as a system call; where the owner allows the network, those of
//! this machine still are.

use super::order::{Order, SYSTEM};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// What a kernel must know for a command to be called confined: before it, any file could be cut to nothing.
const LEAST: ABI = ABI::V3;
/// What is asked of those that know it.
const BEST: ABI = ABI::V6;
/// Settings of the system that hold no secrets, and without which programs do not find their libraries, the time or certificates.
const SETTINGS: [&str; 9] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
];
/// What finding another host takes.
const NETWORK_SETTINGS: [&str; 6] =
    ["/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/services", "/run/systemd/resolve"];
/// Devices without a memory.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Whether the kernel can confine.
pub(super) fn is_possible() -> bool {
    let asked =
        Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(LEAST));
    asked.and_then(Ruleset::create).is_ok() && filter(false).is_ok()
}

/// Confines this thread, which gains no privileges any more, and all that it starts.
pub(super) fn this_thread(order: &Order) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| e.to_string();
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|e| failed(&e))?;
    files(order).map_err(|e| failed(&e))?;
    let filter = filter(order.network)?;
    seccompiler::apply_filter(&filter).map_err(|e| failed(&e))
}

fn files(order: &Order) -> Result<(), landlock::RulesetError> {
    let read = AccessFs::from_read(BEST);
    let devices: BitFlags<AccessFs> = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
    let change = AccessFs::from_all(BEST) & !devices;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LEAST))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(BEST))?
        .scope(Scope::from_all(BEST))?;
    if !order.network {
        rules = rules.handle_access(AccessNet::from_all(BEST))?;
    }
    let settings = SETTINGS.iter().chain(if order.network { &NETWORK_SETTINGS[..] } else { &[] });
    let status = rules
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(settings, AccessFs::ReadFile | AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(DEVICES, AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules([&order.program], read))?
        .add_rules(path_beneath_rules(&order.read, read))?
        .add_rules(path_beneath_rules(&order.change, change))?
        .restrict_self()?;
    // What was asked for as a requirement is in force, or it did not come to this.
    debug_assert_ne!(status.ruleset, RulesetStatus::NotEnforced);
    Ok(())
}

/// The calls that a command may not make; it is told that they are not permitted.
fn filter(network: bool) -> Result<BpfProgram, String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = [
        // Sockets and more through a queue that no filter sees.
        libc::SYS_io_uring_setup,
        // The keyring of the user, in which the key of the host's secrets may lie.
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        // Other processes, and other namespaces.
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
    ]
    .map(|call| (call, Vec::new()))
    .into();
    let sockets = match network {
        false => Vec::new(),
        true => vec![of_this_machine().map_err(|e| e.to_string())?],
    };
    rules.insert(libc::SYS_socket, sockets);
    // The same calls by the numbers of another table, on machines that have one.
    #[cfg(target_arch = "x86_64")]
    {
        const X32: i64 = 0x4000_0000;
        let theirs: Vec<_> = rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
        rules.extend(theirs);
    }
    let arch: TargetArch =
        std::env::consts::ARCH.try_into().map_err(|_| "there is no filter for this machine".to_owned())?;
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, denied, arch).map_err(|e| e.to_string())?;
    filter.try_into().map_err(|e: seccompiler::BackendError| e.to_string())
}

/// A socket to something on this machine.
fn of_this_machine() -> Result<SeccompRule, seccompiler::BackendError> {
    let local = u64::from(libc::AF_UNIX.unsigned_abs());
    SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, local)?])
}
