/**
 * CPU time of this process since a moment, in milliseconds: on a busy machine steps are as short as ever, and one that was
 * not let run has used none. The time that an isolate tells (`cpuTime`) is not that: it goes on while the process waits.
 */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
