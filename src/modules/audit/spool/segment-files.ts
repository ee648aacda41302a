import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

const NAME = /^\d{8}\.log$/;

/** `00000001.log`: segments sort by name. */
export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.log`;
}

/** The numbers of the segments among a folder's files, in order. */
export function segmentNumbers(files: readonly string[]): number[] {
  return files
    .filter((file) => NAME.test(file))
    .map((file) => Number.parseInt(file, 10))
    .toSorted((a, b) => a - b);
}

/** What the spool does to its files. A test's version has a full disk. */
export interface SegmentFiles {
  open(file: string): number;
  /** @returns how many bytes were taken, which may be fewer than given. */
  write(fd: number, bytes: Buffer, offset: number): number;
  truncate(fd: number, sizeBytes: number): void;
  close(fd: number): void;
}

export const segmentFiles: SegmentFiles = {
  open: (file) => openSync(file, 'a', 0o600),
  write: (fd, bytes, offset) => writeSync(fd, bytes, offset),
  truncate: (fd, sizeBytes) => {
    ftruncateSync(fd, sizeBytes);
  },
  close: (fd) => {
    closeSync(fd);
  },
};

export function segmentPath(folder: string, number: number): string {
  return path.join(folder, segmentName(number));
}
