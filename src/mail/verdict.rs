//! Judges a refusal by when it was said and by its codes: who has to put it right, and whether the mail waits meanwhile.
//!
//! A server's words before it has the letter are its business with us: Postfix tells refusals of this machine, of its greeting
//! and of the sender only once it knows a receiver. Such things are put right by a person, and the mail waits for that.

use super::send_error::Fault;

/// The step at which the server refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Receiver,
    /// `DATA`, before the letter.
    Data,
    /// The letter itself.
    Content,
}

/// A server's answer: `550 5.1.1 no such user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SmtpReply<'a> {
    code: u16,
    enhanced: Option<(u8, u16, u16)>,
    words: &'a str,
}

impl<'a> SmtpReply<'a> {
    /// Reads the codes; `None` where it has none.
    pub(super) fn read(said: &'a str) -> Option<Self> {
        let (code, words) = said.split_once(' ').unwrap_or((said, ""));
        let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
        let enhanced = words.split(' ').next().and_then(enhanced);
        Some(Self { code, enhanced, words })
    }

    /// Tells whether the mail is larger than the server takes. 5.2.2 is a mailbox that is full.
    fn is_too_large(self) -> bool {
        let words = self.words.to_ascii_lowercase();
        // Haraka says it without a code of its own.
        let is_said = self.code >= 500
            && self.enhanced.is_none()
            && ["message", "mail"].iter().any(|what| words.contains(what))
            && ["too big", "too large"].iter().any(|mark| words.contains(mark));
        matches!(self.enhanced, Some((5, 3, 4) | (5, 2, 3)))
            || (self.code == 552 && !matches!(self.enhanced, Some((5, 2, 2))))
            || is_said
    }

    /// Tells whether it is about a receiver, or a receiver's mailbox, though it is said to the mail: a server that asks the one behind it
    /// only then answers for all by the first who is refused (Haraka).
    pub(super) fn is_about_a_receiver(self) -> bool {
        match self.enhanced {
            Some((_, 1, detail)) => !matches!(detail, 7 | 8),
            Some((_, 2, detail)) => matches!(detail, 1 | 2),
            _ => false,
        }
    }

    /// Judges it.
    pub(super) fn fault(self, stage: Stage) -> Fault {
        match (stage, self.code) {
            (_, 421) | (Stage::Sender | Stage::Data, ..500) => Fault::ServerAway,
            (Stage::Sender | Stage::Data | Stage::Content, _) if self.is_too_large() => Fault::TooLarge,
            (_, 530) | (Stage::Sender, _) => Fault::ServerRefuses,
            (Stage::Receiver, _) if self.is_about_us() => Fault::ServerRefuses,
            (Stage::Receiver, _) if self.says_no_relay() => Fault::NoRelay,
            (Stage::Receiver | Stage::Content, ..500) => Fault::NotYet,
            (Stage::Receiver, _) if !self.says_no_such_receiver() => Fault::Refused,
            (Stage::Data, _) => Fault::Refused,
            // 5.2.252 is Exchange's word for a sender as whom the account may not send.
            (Stage::Content, _) if matches!(self.enhanced, Some((5, 7, _) | (5, 2, 252))) => Fault::Refused,
            (Stage::Receiver | Stage::Content, _) => Fault::Final,
        }
    }

    /// Tells whether a receiver that was put off so is taken later, as far as can be known: greylisting puts off new senders.
    pub(super) fn will_pass(self) -> bool {
        matches!(self.code, 450 | 451)
            && matches!(self.enhanced, None | Some((4, 2, 0) | (4, 7, _)))
            && !self.is_about_us()
    }

    /// Tells whether it wants another transaction for further receivers.
    pub(super) fn says_too_many_receivers(self) -> bool {
        self.code == 452 && !matches!(self.enhanced, Some((4, 2 | 3, _)))
    }

    /// Tells whether the login was refused since the server takes no passwords (any more), as Microsoft's says it.
    pub(super) fn says_no_passwords(self) -> bool {
        match self.enhanced {
            Some((5, 7, 30)) => true,
            Some((5, 7, 139)) => !self.words.contains("credentials were incorrect"),
            _ => false,
        }
    }

    /// Tells whether the receiver's domain is none to which the server passes mail on for us: "Relay access denied" (Postfix),
    /// "relay not permitted" (Exim), "Relaying denied" (sendmail), "Unable to relay" (Exchange).
    fn says_no_relay(self) -> bool {
        !self.says_no_such_receiver()
            && self.words.to_ascii_lowercase().split([' ', '.', ',']).any(|word| word.starts_with("relay"))
    }

    /// 5.1.7 and 5.1.8 are about the sender.
    fn says_no_such_receiver(self) -> bool {
        matches!(self.enhanced, Some((5, 1, detail)) if !matches!(detail, 7 | 8))
    }

    /// Tells whether a receiver is refused because of this machine or sender, as Postfix words it.
    fn is_about_us(self) -> bool {
        self.code == 504
            || matches!(self.enhanced, Some((_, 1, 7 | 8)))
            || ["Helo command rejected", "Client host rejected", "Sender address rejected"]
                .iter()
                .any(|mark| self.words.contains(mark))
    }
}

fn enhanced(word: &str) -> Option<(u8, u16, u16)> {
    let mut parts = word.split('.');
    let code = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next().is_none() && matches!(code.0, 2 | 4 | 5)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(stage: Stage, said: &str) -> Fault {
        SmtpReply::read(said).unwrap().fault(stage)
    }

    #[test]
    fn what_is_said_before_the_letter_waits_for_a_person_but_a_receiver_that_does_not_exist_is_final() {
        for said in
            ["550 5.7.1 no", "504 5.5.2 <h>: Helo command rejected: need fully-qualified hostname", "553 5.1.8 who?"]
        {
            assert_eq!(fault(Stage::Sender, said), Fault::ServerRefuses, "{said}");
        }
        for said in [
            "504 5.5.2 <h>: Helo command rejected: need fully-qualified hostname",
            "450 4.7.25 Client host rejected: cannot find your hostname",
            "550 5.1.8 <r@x>: Sender address rejected: Domain not found",
            "530 5.7.0 authentication required",
        ] {
            assert_eq!(fault(Stage::Receiver, said), Fault::ServerRefuses, "{said}");
        }
        for said in [
            "554 5.7.1 <x>: Relay access denied",
            "454 4.7.1 <x>: Relay access denied",
            "550 relay not permitted",
            "550 5.7.1 <x>... Relaying denied. Proper authentication required.",
            "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        ] {
            assert_eq!(fault(Stage::Receiver, said), Fault::NoRelay, "{said}");
        }
        for said in ["550 5.7.1 not wanted", "553 not here", "552 5.2.2 full"] {
            assert_eq!(fault(Stage::Receiver, said), Fault::Refused, "{said}");
        }
        for said in ["550 5.1.1 <x>: User unknown", "556 5.1.10 null MX", "553 5.1.2 no such domain"] {
            assert_eq!(fault(Stage::Receiver, said), Fault::Final, "{said}");
        }
        assert_eq!(fault(Stage::Data, "554 5.5.1 no valid recipients"), Fault::Refused);
    }

    #[test]
    fn what_is_said_to_the_letter_can_be_final() {
        assert_eq!(fault(Stage::Content, "554 5.6.0 what is this"), Fault::Final);
        assert_eq!(fault(Stage::Content, "550 5.7.60 may not send as this sender"), Fault::Refused);
        assert_eq!(fault(Stage::Content, "554 5.2.252 SendAsDenied; r@x not allowed to send as s@x"), Fault::Refused);
        assert_eq!(fault(Stage::Content, "452 4.3.1 disk full"), Fault::NotYet);
        // Postfix, Exim, sendmail and OpenSMTPD.
        for said in [
            "552 5.3.4 Error: message file too big",
            "552 Message size exceeds maximum permitted",
            "552 5.2.3 Message exceeds maximum fixed size (20000)",
            "554 5.3.4 Message too big for system: Transaction failed, message too big",
        ] {
            assert_eq!(fault(Stage::Content, said), Fault::TooLarge, "{said}");
        }
        // OpenSMTPD, of a mailbox that its table does not have; 5.2 may as well be a mailbox that is full.
        let unknown = "524 5.2.4 Mailing list expansion problem: <gone@x>";
        assert_eq!(fault(Stage::Receiver, unknown), Fault::Refused);
        assert_eq!(fault(Stage::Sender, "552 too big"), Fault::TooLarge);
        assert_eq!(fault(Stage::Receiver, "552 5.2.2 full"), Fault::Refused);
    }

    #[test]
    fn a_mail_that_is_refused_over_one_of_its_receivers_is_known_by_the_code() {
        let is = |said| SmtpReply::read(said).unwrap().is_about_a_receiver();
        assert!(["550 5.1.1 No such user", "450 4.2.2 Mailbox full", "550 5.2.1 disabled"].into_iter().all(is));
        assert!(!["550 5.1.8 who?", "554 5.6.0 what is this", "452 4.3.1 disk full", "550 no"].into_iter().any(is));
        assert_eq!(fault(Stage::Content, "550 Message too big!"), Fault::TooLarge);
        assert_eq!(fault(Stage::Content, "550 too many links in the message"), Fault::Final);
    }

    #[test]
    fn whatever_it_is_about_a_421_and_a_server_that_takes_nothing_now_end_the_round() {
        for stage in [Stage::Sender, Stage::Receiver, Stage::Data, Stage::Content] {
            assert_eq!(fault(stage, "421 4.3.2 going down"), Fault::ServerAway);
        }
        assert_eq!(fault(Stage::Sender, "452 4.3.1 disk full"), Fault::ServerAway);
    }

    #[test]
    fn greylisting_passes_and_what_looks_like_it_does_not() {
        for said in
            ["450 4.2.0 <x>: Recipient address rejected: Greylisted", "451 4.7.1 try later", "451 later", "450 later"]
        {
            assert!(SmtpReply::read(said).unwrap().will_pass(), "{said}");
        }
        for said in [
            "452 4.2.2 full",
            "450 4.1.2 <x>: Recipient address rejected: Domain not found",
            "450 4.7.1 <h>: Helo command rejected: Host not found",
            "451 4.3.0 lookup failure",
        ] {
            assert!(!SmtpReply::read(said).unwrap().will_pass(), "{said}");
        }
        assert!(SmtpReply::read("452 4.5.3 too many recipients").unwrap().says_too_many_receivers());
        assert!(!SmtpReply::read("452 4.2.2 full").unwrap().says_too_many_receivers());
    }

    #[test]
    fn what_has_no_code_is_no_reply() {
        assert_eq!(SmtpReply::read("hello"), None);
        assert_eq!(SmtpReply::read("550 1.2.3.4 is on a list").unwrap().enhanced, None);
    }
}
