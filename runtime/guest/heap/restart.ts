/** Thrown when a body finds a property that is not ordinary: the encoding starts again and checks before each head. */
export const RESTART_CAREFULLY: object = {};
