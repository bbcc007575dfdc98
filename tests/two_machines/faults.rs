//! Everything that goes wrong with one of two machines, its networks, or the database.

use std::time::Duration;

use rustix::process::Signal;

use crate::by_hand;
use crate::link::Passing;
use crate::site::Chance;
use crate::stage::{LONG, Stage};

/// A fault; it is over when it has struck, but for a machine that is left down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL, and a start after so long.
    Kill { machine: usize, down: Duration },
    /// SIGSTOP for so long.
    Freeze { machine: usize, lasts: Duration },
    /// The network between a machine and the database; what was said meanwhile comes late, or is lost.
    CutFromDatabase { machine: usize, passing: Passing, lasts: Duration, late: bool },
    /// The network between a machine and the API.
    CutFromApi { machine: usize, passing: Passing, lasts: Duration },
    /// The server of the database crashes, and starts after so long.
    Restart { down: Duration },
    /// Every connection to the database is ended, one by one, with such a pause between two.
    EndConnections { pause: Duration },
    /// The disk of the database has no room for so long.
    Fill { lasts: Duration },
}

impl Fault {
    /// Draws one.
    pub fn draw(chance: &mut Chance) -> Self {
        let machine = usize::try_from(chance.below(2)).unwrap();
        // One in three lasts longer than a lease.
        let lasts = match chance.below(3) {
            0 => LONG,
            _ => Duration::from_millis(50 + chance.below(1200)),
        };
        let silent = [Passing::Nothing, Passing::Outward, Passing::Refused];
        let passing = silent[usize::try_from(chance.below(3)).unwrap()];
        match chance.below(12) {
            0..=3 => Self::Kill { machine, down: lasts },
            4 | 5 => Self::Freeze { machine, lasts },
            6 | 7 => Self::CutFromDatabase { machine, passing, lasts, late: chance.below(2) == 0 },
            8 => Self::CutFromApi { machine, passing, lasts: lasts.min(Duration::from_secs(2)) },
            9 => Self::Restart { down: lasts.min(Duration::from_secs(2)) },
            10 => Self::EndConnections { pause: Duration::from_millis(chance.below(100)) },
            _ => Self::Fill { lasts: lasts.min(Duration::from_secs(2)) },
        }
    }

    /// Lets it happen, and ends it.
    pub fn strike(&self, stage: &mut Stage) {
        match *self {
            Self::Kill { machine, down } => {
                stage.machines[machine].kill();
                std::thread::sleep(down);
                stage.machines[machine].start();
            }
            Self::Freeze { machine, lasts } => {
                stage.machines[machine].signal(Signal::STOP);
                std::thread::sleep(lasts);
                stage.machines[machine].signal(Signal::CONT);
            }
            Self::CutFromDatabase { machine, passing, lasts, late } => {
                let links = &stage.machines[machine].databases;
                for link in links {
                    link.set(passing);
                }
                std::thread::sleep(lasts);
                for link in links {
                    link.heal_after(late);
                }
            }
            Self::CutFromApi { machine, passing, lasts } => {
                let link = &stage.machines[machine].api;
                link.set(passing);
                std::thread::sleep(lasts);
                // A request that arrives after everybody has looked for it is a fault of the server's (`stall_late`), not of a network's.
                link.heal_anew();
            }
            Self::Restart { down } => {
                stage.cluster().down();
                std::thread::sleep(down);
                stage.cluster().up();
            }
            Self::EndConnections { pause } => {
                for connection in by_hand::connections(stage) {
                    by_hand::end_connection(stage, &connection);
                    std::thread::sleep(pause);
                }
            }
            Self::Fill { lasts } => {
                stage.disk.as_ref().unwrap().fill();
                std::thread::sleep(lasts);
                stage.disk.as_ref().unwrap().empty();
                // A server that finds no room for its log stops itself.
                stage.cluster().be_up();
            }
        }
    }
}
