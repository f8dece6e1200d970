import { openEmbeddedBroker } from "#stream";
import { temporaryFolder } from "../counting-processor.ts";
import { conformance } from "./suite.ts";

conformance("embedded", false, async () => {
  const folder = temporaryFolder();
  const broker = await openEmbeddedBroker({ folder: folder.path });
  return {
    broker,
    prefix: "",
    async close() {
      await broker.close();
      folder.remove();
    },
  };
});
