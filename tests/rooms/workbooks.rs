//! Lists of rooms and sheets of PINs as workbooks.

use calamine::Data;

use crate::book;
use crate::room_jobs::with_rooms;

#[test]
fn a_list_of_rooms_may_be_a_workbook() {
    let site = with_rooms(3, "[sync_rooms.policy]\nrooms = { list = 'rooms.xlsx' }\nset = { knock = true }\n");
    site.write("rooms.xlsx", book::of("user_id,Notes\nu00000,\nu00001,\"a, b\"\n"));
    assert_eq!(site.run_job("policy", 0).counts(), "updated 2");
    let rooms = site.rooms();
    assert!(rooms["u00000"].knock && rooms["u00001"].knock && !rooms["u00002"].knock);
    // A sheet that is named and not there; a workbook that is none.
    site.configure("[sync_rooms.policy]\nrooms = { list = 'rooms.xlsx', sheet = 'Term' }\nset = { knock = true }\n");
    site.run(&["run", "policy"]).expect(1, "there is no sheet `Term`");
    site.write("rooms.xlsx", b"PK\x03\x04 half");
    site.run(&["run", "policy"]).expect(1, "the workbook is damaged");
}

#[test]
fn a_pin_sheet_may_be_a_workbook_in_which_pins_are_texts() {
    let site = with_rooms(
        3,
        "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'pins/{date}.xlsx'\nformat = 'xlsx'\n",
    );
    site.list(0..3);
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 3");
    let rows = book::rows(&site.only("pins", ".xlsx"));
    let rooms = site.rooms();
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let room = &rooms[&row["user_id"].to_string()];
        assert_eq!((&row["mpin"], &row["ppin"]), (&book::text(&room.mpin), &book::text(&room.ppin)));
        assert!(matches!(&row["room_id"], Data::String(id) if *id == room.room_id), "{row:?}");
    }
}
