import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The history of the monitor's alerts. The table is empty, so its index needs no `CONCURRENTLY`. */
export class PerformanceAlerts1764000000050 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE performance_alerts (
        id uuid NOT NULL,
        metric text NOT NULL,
        subject text NOT NULL,
        replica text NOT NULL,
        severity text NOT NULL,
        value double precision NOT NULL,
        unit text NOT NULL,
        threshold double precision NOT NULL,
        message text NOT NULL,
        raised_at timestamptz(3) NOT NULL,
        seen_at timestamptz(3) NOT NULL,
        cleared_at timestamptz(3),
        CONSTRAINT pk_performance_alerts PRIMARY KEY (id)
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX uq_performance_alerts_open ON performance_alerts (metric, subject, replica) WHERE cleared_at IS NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE performance_alerts');
  }
}
