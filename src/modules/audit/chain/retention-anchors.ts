import type { QueryRunner } from 'typeorm';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import { appendAnchors } from './anchors.js';

interface Run {
  readonly writer_id: string;
  readonly from_seq: string;
  readonly seq: string;
  readonly chain_hash: string;
}

/**
 * Before a partition is dropped: which rows of which chains go with it, so that their absence is not taken for
 * tampering and what is left can still be checked. A call that spans midnight leaves a hole, hence the runs.
 */
export async function anchorBeforeDrop(
  queryRunner: QueryRunner,
  digest: KeyedDigest,
  partition: string,
  now: Date,
): Promise<void> {
  const runs = (await queryRunner.query(
    `/* audit.dropped_runs */
     WITH numbered AS (
       SELECT writer_id, seq, seq - row_number() OVER (PARTITION BY writer_id ORDER BY seq) AS run
       FROM ${partition} WHERE writer_id IS NOT NULL
     ), runs AS (SELECT writer_id, min(seq) AS from_seq, max(seq) AS seq FROM numbered GROUP BY writer_id, run)
     SELECT runs.*, encode(last.chain_hash, 'hex') AS chain_hash
     FROM runs JOIN ${partition} last ON last.writer_id = runs.writer_id AND last.seq = runs.seq
     ORDER BY runs.writer_id, runs.seq`,
  )) as Run[];
  await queryRunner.startTransaction();
  try {
    await appendAnchors(
      (sql, parameters) => queryRunner.query(sql, parameters),
      digest,
      runs.map((run) => ({
        kind: 'retention' as const,
        writerId: run.writer_id,
        fromSeq: Number(run.from_seq),
        seq: Number(run.seq),
        chainHash: run.chain_hash,
        atMs: now.getTime(),
      })),
    );
    await queryRunner.commitTransaction();
  } catch (error) {
    await queryRunner.rollbackTransaction();
    throw error;
  }
}
