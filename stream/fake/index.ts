/** A model of Kafka in memory, under one seeded scheduler and clock, with everything that goes wrong in a real one. */
export { FakeCluster } from "./cluster.ts";
export { type Defects, NO_DEFECTS } from "./defects.ts";
export { FakeBroker, FakeDisk } from "./fake-broker.ts";
export type { LogBatch, PartitionLog, Transaction } from "./log.ts";
export type { MemoryFolder } from "./memory-folder.ts";
export { type NetworkFaults, NO_NETWORK_FAULTS } from "./network.ts";
export { Random } from "./random.ts";
export { SimulatedProcess, SimulatedTime, settled } from "./simulated-time.ts";
