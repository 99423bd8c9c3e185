// Sends numbered events with Segment's Node client, unchanged; prints what it believes it has sent.
import { Analytics } from "@segment/analytics-node";

const { HOST, PATH_, WRITE_KEY, EVENTS } = process.env;
const errors = [];
const analytics = new Analytics({ writeKey: WRITE_KEY, host: HOST, path: PATH_, maxEventsInBatch: 50 });
analytics.on("error", (error) => errors.push(String(error.reason ?? error.code)));

let sent = 0;
for (let number = 0; number < Number(EVENTS); number++) {
  analytics.track(
    { userId: `user-${number % 10}`, event: "Product Viewed", properties: { number } },
    (error) => { if (!error) sent += 1; },
  );
}
await analytics.closeAndFlush({ timeout: 60000 });
console.log(JSON.stringify({ sent, errors }));
