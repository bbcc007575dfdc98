//! A network between a machine and what it talks to, which can be cut: every connection goes through here, and nothing else does.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot, watch};

use crate::traffic::{Ear, Traffic};

/// The place that a link leads to.
#[derive(Debug, Clone)]
pub enum Target {
    /// A port of this machine.
    Port(u16),
    /// A Unix socket.
    Socket(PathBuf),
}

/// The state of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// All is well.
    Everything,
    /// Nothing gets through, in either direction, and nobody is told.
    Nothing,
    /// The far end is heard no more, and hears everything.
    Outward,
    /// Connections are refused, and those that were there are closed.
    Refused,
}

#[derive(Debug, Clone, Copy)]
struct State {
    passing: Passing,
    /// Connections with a lower number are dead.
    dead_below: u64,
}

/// A network that leads to one place.
pub struct Link {
    port: u16,
    state: watch::Sender<State>,
    /// The number of the next connection.
    next: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// A link to that place, on a port of its own; what passes is heard by `traffic`, as requests of that machine.
    pub fn to(target: Target, traffic: Option<(Traffic, &'static str)>) -> Self {
        let (state, _) = watch::channel(State { passing: Passing::Everything, dead_below: 0 });
        let next = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, port) = std::sync::mpsc::channel();
        let (states, numbers) = (state.clone(), Arc::clone(&next));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap().port()).unwrap();
                tokio::select! {
                    () = listen(listener, target, traffic, states, numbers) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { port: port.recv().unwrap(), state, next, stop: Some(stop), thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on only so much gets through.
    pub fn set(&self, passing: Passing) {
        let refused = passing == Passing::Refused;
        self.change(passing, refused);
    }

    /// All is well again: what was said meanwhile arrives now, however late.
    pub fn heal(&self) {
        self.change(Passing::Everything, false);
    }

    /// All is well again, but for the connections that there were: they are closed, and what was said over them is lost.
    pub fn heal_anew(&self) {
        self.change(Passing::Everything, true);
    }

    /// All is well again: what was said meanwhile arrives late, or never.
    pub fn heal_after(&self, late: bool) {
        self.change(Passing::Everything, !late);
    }

    fn change(&self, passing: Passing, closes: bool) {
        self.state.send_modify(|state| {
            state.passing = passing;
            if closes {
                state.dead_below = self.next.load(Ordering::SeqCst);
            }
        });
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(
    listener: TcpListener,
    target: Target,
    traffic: Option<(Traffic, &'static str)>,
    state: watch::Sender<State>,
    next: Arc<AtomicU64>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let ear = traffic.as_ref().map(|(traffic, machine)| traffic.ear(machine));
        let (target, mut life) = (target.clone(), Life { number, state: state.subscribe() });
        if state.borrow().passing == Passing::Refused {
            continue;
        }
        tokio::spawn(async move {
            // What becomes of a connection is for its two ends to find out.
            let _ = connect(near, &target, &mut life, ear.clone()).await;
            if let Some(ear) = ear {
                ear.closed();
            }
        });
    }
}

/// A connection's view of the network.
#[derive(Clone)]
struct Life {
    number: u64,
    state: watch::Receiver<State>,
}

impl Life {
    /// Waits until the connection is dead.
    async fn over(&mut self) {
        let number = self.number;
        let _ = self.state.wait_for(|state| state.dead_below > number).await;
    }

    /// Waits until something may pass; an error where the connection is dead.
    async fn pass(&mut self, passes: impl Fn(Passing) -> bool) -> io::Result<()> {
        let number = self.number;
        let state = self.state.wait_for(|state| state.dead_below > number || passes(state.passing)).await;
        match state {
            Ok(state) if state.dead_below <= number => Ok(()),
            _ => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

async fn connect(near: TcpStream, target: &Target, life: &mut Life, ear: Option<Ear>) -> io::Result<()> {
    near.set_nodelay(true)?;
    life.pass(|passing| passing != Passing::Nothing).await?;
    match target {
        Target::Port(port) => {
            let far = TcpStream::connect(("127.0.0.1", *port)).await?;
            far.set_nodelay(true)?;
            join(near, far, life, ear).await
        }
        Target::Socket(path) => join(near, UnixStream::connect(path).await?, life, ear).await,
    }
}

async fn join(
    near: TcpStream,
    far: impl AsyncRead + AsyncWrite + Send,
    life: &Life,
    ear: Option<Ear>,
) -> io::Result<()> {
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = tokio::io::split(far);
    let outward = pump(
        near_in,
        far_out,
        life.clone(),
        |passing| passing != Passing::Nothing,
        |bytes| {
            if let Some(ear) = &ear {
                ear.asks(bytes);
            }
        },
        Hears::WhatIsSaid,
    );
    let inward = pump(
        far_in,
        near_out,
        life.clone(),
        |passing| passing == Passing::Everything,
        |bytes| {
            if let Some(ear) = &ear {
                ear.is_answered(bytes);
            }
        },
        Hears::WhatArrives,
    );
    tokio::try_join!(outward, inward).map(|_| ())
}

/// The moment at which an ear hears something: the machine has sent what it said, and has got what arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hears {
    WhatIsSaid,
    WhatArrives,
}

/// Carries what is said to the other end. What may not pass yet is kept, so that it is seen when an end closes the connection.
async fn pump(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    life: Life,
    passes: impl Fn(Passing) -> bool + Copy,
    hear: impl Fn(&[u8]),
    hears: Hears,
) -> io::Result<()> {
    let (keep, kept) = mpsc::unbounded_channel();
    let take = take_in(from, keep, life.clone(), |bytes| {
        if hears == Hears::WhatIsSaid {
            hear(bytes);
        }
    });
    let give = give_out(to, kept, life, passes, |bytes| {
        if hears == Hears::WhatArrives {
            hear(bytes);
        }
    });
    tokio::try_join!(take, give).map(|_| ())
}

/// Reads until the end, which is told as no bytes.
async fn take_in(
    mut from: impl AsyncRead + Unpin,
    keep: mpsc::UnboundedSender<Vec<u8>>,
    mut life: Life,
    hear: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read?,
            () = life.over() => return Err(io::ErrorKind::ConnectionReset.into()),
        };
        hear(&bytes[..read]);
        let _ = keep.send(bytes[..read].to_vec());
        if read == 0 {
            return Ok(());
        }
    }
}

async fn give_out(
    mut to: impl AsyncWrite + Unpin,
    mut kept: mpsc::UnboundedReceiver<Vec<u8>>,
    mut life: Life,
    passes: impl Fn(Passing) -> bool + Copy,
    hear: impl Fn(&[u8]),
) -> io::Result<()> {
    while let Some(bytes) = kept.recv().await {
        life.pass(passes).await?;
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        hear(&bytes);
        to.write_all(&bytes).await?;
    }
    Ok(())
}
