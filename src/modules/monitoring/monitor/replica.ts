import { hostname } from 'node:os';

/** This process among the replicas. */
export const REPLICA = `${hostname()}-${String(process.pid)}`;
