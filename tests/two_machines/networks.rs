//! The networks of a stage do as they are told, and hear who says what.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::link::{Link, Passing, Target};
use crate::site::wait_until;
use crate::traffic::Traffic;

/// A server that repeats what it hears, and remembers it.
fn echo() -> (u16, std::sync::mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (to, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, to) = (stream.unwrap(), to.clone());
            std::thread::spawn(move || {
                let mut bytes = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut bytes) {
                    let _ = to.send(bytes[..read].to_vec());
                    let _ = stream.write_all(&bytes[..read]);
                }
            });
        }
    });
    (port, heard)
}

fn say(stream: &mut TcpStream, words: &str) {
    stream.write_all(words.as_bytes()).unwrap();
}

/// The next words; `None` where none come for a moment.
fn hear(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut bytes = [0; 1024];
    match stream.read(&mut bytes) {
        Ok(read) => Some(String::from_utf8(bytes[..read].to_vec()).unwrap()),
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => None,
        Err(_) => Some(String::new()),
    }
}

fn joined() -> (Link, TcpStream, std::sync::mpsc::Receiver<Vec<u8>>) {
    let (port, heard) = echo();
    let link = Link::to(Target::Port(port), None);
    let mut stream = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
    say(&mut stream, "hello");
    assert_eq!(hear(&mut stream).as_deref(), Some("hello"));
    assert_eq!(heard.recv().unwrap(), b"hello");
    (link, stream, heard)
}

#[test]
fn what_is_said_in_a_cut_comes_late() {
    let (link, mut stream, heard) = joined();
    link.set(Passing::Nothing);
    say(&mut stream, "late");
    let mut newcomer = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
    say(&mut newcomer, "new");
    assert_eq!(hear(&mut stream), None);
    assert!(heard.try_recv().is_err());
    link.heal();
    assert_eq!(hear(&mut stream).as_deref(), Some("late"));
    assert_eq!(hear(&mut newcomer).as_deref(), Some("new"));
}

#[test]
fn what_is_said_in_a_cut_is_lost_with_its_connection() {
    let (link, mut stream, heard) = joined();
    link.set(Passing::Nothing);
    say(&mut stream, "lost");
    assert_eq!(hear(&mut stream), None);
    link.heal_anew();
    assert_eq!(hear(&mut stream).as_deref(), Some(""));
    let mut newcomer = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
    say(&mut newcomer, "new");
    assert_eq!(hear(&mut newcomer).as_deref(), Some("new"));
    assert_eq!(heard.recv().unwrap(), b"new");
}

#[test]
fn in_one_direction_what_is_said_arrives_and_no_answer_comes() {
    let (link, mut stream, heard) = joined();
    link.set(Passing::Outward);
    say(&mut stream, "heard");
    assert_eq!(heard.recv().unwrap(), b"heard");
    assert_eq!(hear(&mut stream), None);
    link.heal();
    assert_eq!(hear(&mut stream).as_deref(), Some("heard"));
}

#[test]
fn where_connections_are_refused_those_there_were_are_closed() {
    let (link, mut stream, _heard) = joined();
    link.set(Passing::Refused);
    assert_eq!(hear(&mut stream).as_deref(), Some(""));
    let mut newcomer = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
    assert_eq!(hear(&mut newcomer).as_deref(), Some(""));
}

#[test]
fn of_each_request_that_writes_it_is_heard_what_who_and_how_long() {
    let ((port, _heard), traffic) = (echo(), Traffic::default());
    let link = Link::to(Target::Port(port), Some((traffic.clone(), "a")));
    let mut stream = TcpStream::connect(("127.0.0.1", link.port())).unwrap();
    let requests = [
        "GET /v1/meetings?x=1 HTTP/1.1\r\n\r\n",
        "POST /v1/meetings HTTP/1.1\r\ncontent-length: 24\r\n\r\n{\"room_name\": \"A lesson\"}",
        "PATCH /v1/meetings/permanent/7?x=1 HTTP/1.1\r\n\r\n",
    ];
    let began = Instant::now();
    for request in requests {
        say(&mut stream, request);
        assert_eq!(hear(&mut stream).as_deref(), Some(request));
    }
    let answered = Instant::now();
    link.set(Passing::Nothing);
    say(&mut stream, "DELETE /v1/meetings/8 HTTP/1.1\r\n\r\n");
    wait_until("it is heard", || traffic.writes().len() == 3);
    let (now, writes) = (Instant::now(), traffic.writes());
    let things: Vec<_> = writes.iter().map(|write| write.thing.as_str()).collect();
    assert_eq!(things, ["A lesson", "/v1/meetings/permanent/7", "/v1/meetings/8"]);
    assert!(writes.iter().all(|write| write.machine == "a" && write.began >= began));
    assert!(writes[..2].iter().all(|write| write.over > write.began && write.over <= answered));
    assert!(writes[2].over >= now, "it is still on its way");
    drop(stream);
    wait_until("it is over", || traffic.writes()[2].over.elapsed() > Duration::from_millis(20));
}
