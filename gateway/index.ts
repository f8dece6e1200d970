/** Doors to the engine: a client on the brokers, the HTTP endpoint, the development server. */
export { openBrokerClient } from "./broker-client.ts";
export type {
  AwaitView,
  DeployedProgram,
  FrameView,
  KawaitClient,
  StartRequest,
  TailRecord,
  ThreadView,
  Written,
} from "./client.ts";
export { compileWorkflow, workflowFiles } from "./compile-workflow.ts";
export { type DevServer, startDevServer } from "./dev-server.ts";
export { type AclRule, type EnginePart, engineAcls, enginePermissions } from "./engine-permissions.ts";
export { createEngineTopics } from "./engine-topics.ts";
export { type HttpApi, startHttpApi } from "./http-api.ts";
export { EngineMetrics } from "./metrics.ts";
export { type OperationsHttp, startOperationsHttp } from "./operations-http.ts";
export { prepareCluster } from "./prepare-cluster.ts";
export { productionWarnings } from "./production-check.ts";
