/**
 * Loaded before each test file: at its end the process leaves as `process.exit` does, without taking its environment apart.
 *
 * A process that has used isolated-vm and tears everything down is aborted by it now and then (`GetCurrent(): Assertion
 * environment != nullptr`, in one of some thirty runs of a short file), behind the last test, and a file without a failure counts
 * as failed. Whether a file ends at all is seen as before: this happens where nothing is left to do.
 */
import process from "node:process";

process.once("beforeExit", () => {
  // Behind the test runner's own listener, which decides on the exit code.
  process.on("exit", () => process.exit());
});
