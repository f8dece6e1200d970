export * from "./abi.ts";
export * from "./program.ts";
export * from "./errors.ts";
export * from "./step.ts";
export * from "./records.ts";
export * from "./limits.ts";
export * from "./dead-letter.ts";
export * from "./status.ts";
