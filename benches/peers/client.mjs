// Makes a meeting of each row of a timetable, as a programmer would write it in an afternoon: 64 requests in flight, no journal, no look
// at what the server has. usage: client.mjs BASE_URL FILE

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Pool } from "undici";

const IN_FLIGHT = 64;
const [base, path] = process.argv.slice(2);
const { origin, pathname } = new URL(base);
const pool = new Pool(origin, { connections: IN_FLIGHT });
const headers = {
  authorization: `Basic ${Buffer.from("bench:bench").toString("base64")}`,
  "content-type": "application/json",
  "x-app-type": "vc",
};

async function ask(method, route, body) {
  const reply = await pool.request({ method, path: pathname + route, headers, body });
  return reply.body.json();
}

async function work(rows, names, zone) {
  let made = 0;
  for (let next = await rows.next(); !next.done; next = await rows.next()) {
    const cells = next.value.split(",");
    const row = Object.fromEntries(names.map((name, at) => [name, cells[at]]));
    const told = await ask(
      "POST",
      "/meetings",
      JSON.stringify({
        user_id: row.user_id,
        room_name: row.room_name,
        start_time: row.start_time,
        timezone_id: zone,
        duration: row.duration,
        moderators: Number(row.moderators),
        participants: Number(row.participants),
      }),
    );
    if (!told.meeting.meeting_id) throw new Error(`no meeting: ${JSON.stringify(told)}`);
    made += 1;
  }
  return made;
}

const { timezones } = await ask("GET", "/timezones");
const zone = timezones.find((zone) => zone.zone_name === "UTC").timezone_id;
const rows = createInterface({ input: createReadStream(path) })[Symbol.asyncIterator]();
const names = (await rows.next()).value.split(",");
const made = await Promise.all(Array.from({ length: IN_FLIGHT }, () => work(rows, names, zone)));
console.log(made.reduce((sum, n) => sum + n, 0));
await pool.close();
