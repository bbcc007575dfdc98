//! The unit's own lines, done as systemd does them, and what its sandbox forbids.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use crate::site::{KEY, PROGRAM, Ran, Running, Site, timetable, wait_until};

const UNIT: &str = include_str!("../../systemd/roomkeeper.service");
const TMPFILES: &str = include_str!("../../systemd/roomkeeper.tmpfile");
/// A user who owns nothing else.
const NOBODY: u32 = 65534;
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";

/// The values of a key of the unit.
fn values(key: &str) -> Vec<&'static str> {
    UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// `systemctl reload`: the lines one after the other, until one fails.
fn reload(site: &Site, daemon: &Running) -> Result<(), Ran> {
    for line in values("ExecReload") {
        let line = line.replace("$MAINPID", &daemon.id().to_string()).replace("/usr/bin/roomkeeper", PROGRAM);
        let mut command = Command::new("/bin/sh");
        site.prepare(&mut command);
        let told = Ran::of(command.arg("-c").arg(line).output().unwrap());
        if told.code != 0 {
            return Err(told);
        }
    }
    Ok(())
}

#[test]
fn a_reload_with_a_bad_file_fails_and_changes_nothing() {
    let site = Site::without_server(JOB);
    let daemon = site.daemon();
    site.configure("[schedule_meetings.timetable]\ninbux = \"inbox\"\n");
    reload(&site, &daemon).unwrap_err().expect(4, "inbux");
    site.configure(&format!("{JOB}[schedule_meetings.other]\n"));
    reload(&site, &daemon).unwrap();
    daemon.wait_to_say("was read anew, and is in force");
    assert!(!daemon.log().contains("inbux"), "the daemon was bothered with the bad one");
}

#[test]
fn what_only_a_person_can_put_right_does_not_start_the_service_again() {
    let stays: Vec<_> = values("RestartPreventExitStatus").join(" ").split(' ').map(str::to_owned).collect();
    let site = Site::without_server("[schedule_meetings.timetable]\ninbux = \"inbox\"\n");
    for arguments in [&["daemon"][..], &["deamon"]] {
        let code = site.run(arguments).code;
        assert!(stays.contains(&code.to_string()), "{code} of {arguments:?} is not among {stays:?}");
    }
    assert!(stays.contains(&"CREDENTIALS".to_owned()));
    assert_eq!(values("ConditionPathExists"), ["/etc/roomkeeper/config.toml"]);
}

#[test]
fn the_packaged_inbox_has_its_folders_before_the_service_starts() {
    for folder in ["", "/processing", "/done", "/failed"] {
        let line = format!("d /var/spool/roomkeeper/timetable{folder} 2770 roomkeeper roomkeeper-drop -");
        assert!(TMPFILES.lines().any(|found| found == line), "{line}");
    }
    assert!(TMPFILES.contains("\nd /var/lib/roomkeeper 0750 roomkeeper roomkeeper -\n"));
}

#[test]
fn a_sandbox_that_forbids_to_set_a_group_keeps_no_file_from_being_taken() {
    let site = Site::new(JOB);
    let mut command = site.command(&["daemon"]);
    command.env("ROOMKEEPER_FAILPOINTS", "inbox.setgid=on");
    let daemon = Running::of(command, site.path("daemon.log"));
    daemon.wait_to_say("roomkeeper is running");
    site.drop_renamed("a.csv", &timetable(0..2));
    wait_until("the file is in done/", || site.files("done").len() == 2);
    for folder in ["processing", "done", "failed"] {
        let mode = std::fs::metadata(site.path("inbox").join(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o0777, 0o770, "{folder} keeps the group out: {mode:o}");
    }
    assert!(!daemon.log().contains("ERROR"), "{}", daemon.log());
}

/// A machine with the unit, as far as `systemctl` tells.
fn systemctl(site: &Site, more: &str) -> String {
    let bin = site.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let config = site.path("config.toml");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = cat ] && {{ echo 'LoadCredential=app_key:/etc/keys/app key'; exit; }}\ncat <<'END'\n\
         LoadState=loaded\nUser=keeper\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=no\nStateDirectory=\n\
         ExecStart={{ path=/usr/bin/roomkeeper ; argv[]=/usr/bin/roomkeeper --config {} daemon ; }}\n{more}\nEND\n",
        config.display()
    );
    std::fs::write(bin.join("systemctl"), script).unwrap();
    std::fs::set_permissions(bin.join("systemctl"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

fn check(site: &Site, path: &str, arguments: &[&str]) -> Ran {
    Ran::of(site.command(arguments).env("PATH", path).output().unwrap())
}

#[test]
fn check_tells_what_the_unit_s_sandbox_forbids_with_the_drop_in_that_opens_it() {
    let site = Site::without_server(
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\n[export_meetings.history]\npath = \"/srv/exports/{date}.csv\"\n\
         [sync_rooms.policy]\nrooms = { list = \"/home/office/rooms.csv\" }\nset = { knock = true }\n",
    );
    let open = format!("ReadWritePaths={}", site.path("").display());
    let told = check(&site, &systemctl(&site, &open), &["check"]);
    told.expect(1, "export_meetings.history.path: the service may not write to /srv/exports: ProtectSystem=strict");
    told.expect(1, "ReadWritePaths=-/srv/exports");
    told.expect(1, "sync_rooms.policy.rooms: the service may not read /home/office/rooms.csv: ProtectHome=yes");
    told.expect(1, "ProtectHome=tmpfs and BindReadOnlyPaths=-/home/office/rooms.csv");
    assert!(!told.out.contains("timetable.inbox") && !told.out.contains("state.directory: "), "{}", told.out);
    let more = format!("{open} -/srv/exports\nBindReadOnlyPaths=/home/office/rooms.csv");
    check(&site, &systemctl(&site, &more), &["check"]).expect(0, "the configuration is valid");
    // A user's own configuration is none of the unit's business.
    std::fs::copy(site.path("config.toml"), site.path("mine.toml")).unwrap();
    let path = systemctl(&site, "");
    check(&site, &path, &["check"]).expect(1, "state.directory: ");
    check(&site, &path, &["--config", "mine.toml", "check"]).expect(0, "the configuration is valid");
}

#[test]
fn a_shell_without_the_credentials_is_told_the_line_that_hands_them_over() {
    let site = Site::without_server(JOB);
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    let text = text.replace("{ env = \"APP_KEY\" }", "{ credential = \"app_key\" }");
    std::fs::write(site.path("config.toml"), text).unwrap();
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    let file = site.path("a.csv");
    let path = systemctl(&site, &format!("ReadWritePaths={}", site.path("").display()));
    // The service does not start in this folder, nor with this environment.
    let named = format!("roomkeeper --config {}", site.path("config.toml").display());
    let credential = format!("-p 'LoadCredential=app_key:/etc/keys/app key' {named}");
    let inbox = site.path("inbox");
    // The caller's own files are root's to read and to write.
    let import = format!("{credential} import {} --output {}", file.display(), inbox.display());
    for (arguments, end) in [
        (&["check", "--online"][..], format!("-p User=keeper {credential} check --online")),
        (&["run", "timetable"], format!("-p User=keeper {credential} run timetable")),
        (&["run", "timetable", "--dry-run"], format!("-p User=keeper {credential} run timetable --dry-run")),
        (&["import", "a.csv", "--output", "inbox"], import),
    ] {
        let told = check(&site, &path, arguments);
        told.expect(1, &format!("sudo systemd-run -q --pipe --wait {end}"));
    }
    // Without a unit, by the README's custom.
    let custom = format!("-p User=roomkeeper -p LoadCredential=app_key:/etc/roomkeeper/app_key {named} run timetable");
    site.run(&["run", "timetable"]).expect(1, &custom);
}

#[test]
fn a_configuration_of_a_second_unit_has_that_unit_s_credentials_and_sandbox() {
    let site = Site::without_server(JOB);
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    let text = text.replace("{ env = \"APP_KEY\" }", "{ credential = \"app_key\" }");
    std::fs::write(site.path("config.toml"), text).unwrap();
    let path = systemctl(&site, "");
    let config = site.path("config.toml").display().to_string();
    let script = format!(
        "#!/bin/sh\ncase $1,$2 in\n\
         cat,roomkeeper.service) echo LoadCredential=app_key:/etc/keys/first ;;\n\
         cat,roomkeeper-second.service) echo LoadCredential=app_key:/etc/keys/second ;;\n\
         show,roomkeeper.service) printf 'LoadState=loaded\\nUser=first\\n' ;;\n\
         show,roomkeeper-second.service) printf 'LoadState=loaded\\nUser=second\\nProtectSystem=strict\\n'\n\
         echo 'ExecStart={{ argv[]=/usr/bin/roomkeeper --config {config} daemon ; }}' ;;\n\
         list-unit-files,*) echo 'roomkeeper.service enabled'; echo 'roomkeeper@.service disabled' ;;\n\
         list-units,*) echo 'roomkeeper-second.service loaded inactive dead Second' ;;\n\
         *) exit 1 ;;\nesac\n"
    );
    std::fs::write(site.path("bin/systemctl"), script).unwrap();
    let told = check(&site, &path, &["run", "timetable"]);
    told.expect(1, "sudo systemctl start roomkeeper-second)");
    let line = "-p User=second -p LoadCredential=app_key:/etc/keys/second roomkeeper";
    told.expect(1, &format!("{line} --config {config} run timetable"));
    check(&site, &path, &["check"]).expect(1, "ProtectSystem=strict in its unit forbids it");
}

#[test]
fn root_has_the_credentials_that_only_root_can_read_and_goes_on_as_the_service_s_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let site = Site::new(JOB);
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    let text = text.replace("{ env = \"APP_KEY\" }", "{ credential = \"app_key\" }");
    std::fs::write(site.path("config.toml"), text).unwrap();
    let close = |name: &str, mode| {
        std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for name in ["credentials", "own", "state"] {
        std::fs::create_dir(site.path(name)).unwrap();
    }
    std::fs::write(site.path("credentials/app_key"), KEY).unwrap();
    std::fs::write(site.path("own/a.csv"), timetable(0..2)).unwrap();
    chown(site.path("state"), Some(NOBODY), Some(NOBODY)).unwrap();
    for (name, mode) in
        [("credentials/app_key", 0o400), ("credentials", 0o500), ("own/a.csv", 0o600), ("own", 0o700), ("", 0o755)]
    {
        close(name, mode);
    }
    let mut import = site.command(&["import", "own/a.csv"]);
    let told = Ran::of(import.env("CREDENTIALS_DIRECTORY", site.path("credentials")).output().unwrap());
    told.expect(0, "2 created");
    assert!(site.only("own", ".results.csv").exists());
    for name in crate::site::names(&site.path("state")) {
        let owner = std::fs::metadata(site.path("state").join(&name)).unwrap().uid();
        assert_eq!(owner, NOBODY, "{name}");
    }
}

#[test]
fn where_a_daemon_runs_it_checks_what_only_it_can() {
    let site = Site::new(JOB);
    let daemon = site.daemon();
    let mut shell = site.command(&["check", "--online"]);
    Ran::of(shell.env_remove("APP_KEY").output().unwrap()).expect(0, "the configuration is valid");
    // The file as it is now, not as the daemon began with it.
    site.configure("[schedule_meetings.timetable]\ninbox = \"nowhere\"\n");
    let mut shell = site.command(&["check", "--online", "--json"]);
    let told = Ran::of(shell.env_remove("APP_KEY").output().unwrap());
    told.expect(1, "cannot be written to");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told.out).unwrap()["valid"], false);
    drop(daemon);
}

#[test]
fn a_look_leaves_nothing_behind() {
    let site = Site::new("[state]\ndirectory = \"deep/state\"\n");
    site.run(&["check", "--online"]).expect(0, "the configuration is valid");
    assert!(!site.path("deep").exists());
    site.configure("[state]\ndirectory = \"/dev/null/nowhere/state\"\n");
    site.run(&["check", "--online"]).expect(1, "/dev/null/nowhere/state cannot be written to");
}

#[test]
fn a_write_that_the_unit_s_sandbox_refuses_in_a_run_names_the_drop_in_that_opens_the_folder() {
    let site = Site::builder()
        .past(3)
        .build("[mail]\nto = [\"it@example.org\"]\n[export_meetings.history]\npath = \"exports/all.csv\"\n");
    // As systemd says which process is the service's own; a shell cannot know its number beforehand.
    let as_service = |pid: &str, arguments: &str| {
        let mut command = Command::new("/bin/sh");
        site.prepare(&mut command);
        command.env("ROOMKEEPER_FAILPOINTS", "file.create=closed:1");
        let line = format!("SYSTEMD_EXEC_PID={pid} exec {PROGRAM} {arguments}");
        Ran::of(command.arg("-c").arg(line).output().unwrap())
    };
    let drop_in = format!("ReadWritePaths=-{}", site.path("exports").display());
    let told = as_service("$$", "run history");
    told.expect(1, &format!("sudo systemctl edit roomkeeper, with {drop_in} below [Service]"));
    told.expect(1, "Nothing was exported; the next run exports it all");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["show", &run]).expect(0, &drop_in);
    let mails = site.mails();
    let mail = mails.last().unwrap().replace("=\r\n", "").replace("=3D", "=");
    let mail = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(mail.contains(&drop_in) && mail.contains("systemctl edit roomkeeper"), "{mail}");
    assert!(mail.contains("Nothing was exported; the next run exports it all"), "{mail}");
    // Where systemd started another process, such as a shell's parent, the drop-in would change nothing.
    let told = as_service("1", "run history");
    told.expect(1, "ead-only file");
    assert!(!told.out.contains("systemctl") && !told.err.contains("systemctl"), "{told:?}");
}
