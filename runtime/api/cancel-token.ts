/** What a cancelled `await` throws. Catch it to clean up, and throw it on. */
export class CancelToken extends Error {
  override name = "CancelToken";

  constructor(message = "The operation was cancelled.") {
    super(message);
  }
}
