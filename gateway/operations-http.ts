/**
 * The endpoint of `kawait engine --http`: whether the process lives, whether it works, and its metrics.
 *
 *     GET /health/live    200 while the process answers
 *     GET /health/ready   200 when every partition runs or restores; 503 with what does not
 *     GET /metrics        Prometheus' text format
 */
import fastify from "fastify";
import type { RunnerHealth } from "#stream";
import type { EngineMetrics } from "./metrics.ts";

export interface OperationsHttp {
  /** `http://host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** @param health by processor; empty while the engine starts. */
export async function startOperationsHttp(options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: EngineMetrics;
  readonly health: () => Readonly<Record<string, RunnerHealth>>;
}): Promise<OperationsHttp> {
  const server = fastify({ forceCloseConnections: true });
  server.get("/health/live", async () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const processors = options.health();
    const kinds = Object.values(processors).map(({ kind }) => kind);
    const isReady = kinds.length > 0 && kinds.every((kind) => kind === "running");
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? "ready" : "not ready", processors };
  });
  server.get("/metrics", async (_request, reply) => {
    reply.type(options.metrics.registry.contentType);
    return await options.metrics.registry.metrics();
  });
  const address = await server.listen({ host: options.host, port: options.port });
  return { address, close: () => server.close() };
}
