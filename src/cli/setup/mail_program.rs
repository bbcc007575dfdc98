//! Knows what the machine's own mail program needs beyond the unit's sandbox, for the drop-in: the lines of
//! `systemd/sendmail.conf.example` that are about the program of this machine.

use std::path::Path;

use nix::unistd::Group;

/// The example, of which each group's lines are about one program.
const EXAMPLE: &str = include_str!("../../../systemd/sendmail.conf.example");
/// The group of msmtp, whose configuration only that may read.
const MSMTP: &str = "msmtp";
/// The group that may put mails into Postfix's queue.
const POSTFIX: &str = "postdrop";

/// Returns the settings that let the service send by this program; none where it is neither Postfix's nor msmtp.
pub(super) fn settings(program: &Path) -> Vec<String> {
    let is_there = |group: &str| Group::from_name(group).is_ok_and(|found| found.is_some());
    // Debian's msmtp-mta is a link of the name sendmail.
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    of(&real, is_there)
}

/// Returns the words for the person who has to do it by hand.
pub(super) fn by_hand(program: &Path) -> String {
    format!(
        "The service's sandbox may keep {} from sending. A drop-in opens what it needs: sendmail.conf.example, in \
         /usr/share/doc/roomkeeper, has what Postfix and msmtp need. A mail server on this machine needs none: \
         server = \"smtp://localhost\"",
        program.display()
    )
}

fn of(program: &Path, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let is_msmtp = program.file_name().is_some_and(|name| name == MSMTP);
    // A unit with a group that is not there does not start.
    let group = if is_msmtp { MSMTP } else { POSTFIX };
    if is_there(group) { lines(group) } else { Vec::new() }
}

/// Returns the example's lines from that of the group to the next blank or program.
fn lines(group: &str) -> Vec<String> {
    let plain = |line: &'static str| line.strip_prefix('#').filter(|line| !line.starts_with(' ')).unwrap_or(line);
    let first = format!("SupplementaryGroups={group}");
    let all = EXAMPLE.lines().map(plain).skip_while(|line| *line != first);
    let more = all.clone().skip(1).take_while(|line| !line.starts_with("# msmtp") && !line.starts_with("# Another"));
    let more = more.filter(|line| line.contains('=') && !line.starts_with('#'));
    all.take(1).chain(more).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_the_example_and_name_no_group_that_is_not_there() {
        let postfix = [
            "SupplementaryGroups=postdrop",
            "ReadWritePaths=-/var/spool/postfix/maildrop -/var/spool/postfix/public",
            "RestrictAddressFamilies=AF_NETLINK",
        ];
        assert_eq!(of(Path::new("/usr/sbin/sendmail"), |_| true), postfix);
        assert_eq!(of(Path::new("/usr/bin/msmtp"), |_| true), ["SupplementaryGroups=msmtp"]);
        assert_eq!(of(Path::new("/usr/bin/msmtp"), |group| group == POSTFIX), [""; 0]);
        assert_eq!(of(Path::new("/usr/sbin/exim4"), |_| false), [""; 0]);
    }
}
