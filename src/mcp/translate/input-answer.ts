import { isRecord, ownMember, type JsonRecord } from '../json-record.js';
import { encodeMembers, membersOf } from '../object-members.js';

const ACTIONS: ReadonlySet<unknown> = new Set(['accept', 'decline', 'cancel']);

/** What the answer to each kind of input request must be, in both eras, for the other side to read it at all. */
const READABLE: ReadonlyMap<string, (answer: JsonRecord) => boolean> = new Map([
  [
    'elicitation/create',
    (answer) => ACTIONS.has(ownMember(answer, 'action')) && isAbsentOr(isRecord, ownMember(answer, 'content')),
  ],
  [
    'sampling/createMessage',
    (answer) => {
      const content = ownMember(answer, 'content');
      const readable = isRecord(content) || Array.isArray(content);
      return (
        readable && typeof ownMember(answer, 'role') === 'string' && typeof ownMember(answer, 'model') === 'string'
      );
    },
  ],
  ['roots/list', (answer) => Array.isArray(ownMember(answer, 'roots'))],
]);

function isAbsentOr(test: (value: unknown) => boolean, value: unknown): boolean {
  // Some clients write `null` for no content, which no schema knows.
  return value === undefined || value === null || test(value);
}

/**
 * An answer (ElicitResult, CreateMessageResult, ListRootsResult of the schema) as the other era gets
 * it, given as value and as bytes; `undefined` when it is nothing that `method` can be answered with.
 */
export function readInputAnswer(method: string, answer: unknown, bytes: Buffer | undefined): Buffer | undefined {
  if (!bytes || !isRecord(answer) || READABLE.get(method)?.(answer) !== true) return undefined;
  if (method !== 'elicitation/create' || ownMember(answer, 'content') !== null) return bytes;
  const members = membersOf(bytes);
  members.delete('content');
  return encodeMembers(members);
}

/** What a user who never answered has done (Elicitation, Response Actions): dismissed it, without a choice. */
export const ELICITATION_CANCELLED: Buffer = Buffer.from('{"action":"cancel"}');
