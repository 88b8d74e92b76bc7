import type { ErrorDetails, SecretErrorCode } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { codeOf, describeDatabaseError } from '../spec/database-error.ts'

type Answer = readonly [SecretErrorCode, string]

const CONFLICT: Answer = [
  'conflict',
  'Another administrator changes this role at the same time; try again',
]

const MADE: Answer = ['conflict', 'Another administrator has just made this role; try again']

/** Answers by SQLSTATE (PostgreSQL documentation, appendix A), for an administrator who works on roles. */
const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    '42501',
    [
      'forbidden',
      'The administrator lacks a right: it needs CREATEROLE, ADMIN on the owner role, from PostgreSQL 16 also ADMIN on the ' +
        'logins and every attribute they have, SET on the parameters they set, and pg_signal_backend to end sessions',
    ],
  ],
  ['0LP01', ['forbidden', 'The administrator lacks ADMIN on a role that it has to grant']],
  [
    '53300',
    [
      'unreachable',
      'No connection is free for the administrator; give it pg_use_reserved_connections, or raise max_connections or its ' +
        'own connection limit',
    ],
  ],
  ['55000', ['refused', 'The database accepts no connections; allow them or drop it']],
  ['2BP01', ['refused', 'Something depends on this role; revoke what it was granted and go on']],
  ['42710', MADE],
  ['23505', MADE],
  ['42704', ['missing', 'A role, database or setting has just been removed; try again']],
  ['40001', CONFLICT],
  ['40P01', CONFLICT],
])

/** A race for one row of a catalogue comes as an internal error, XX000, recognised only by its fixed text. */
const IS_RACE = /^tuple concurrently (?:updated|deleted)$/

/** Turns a failure of an administrator's statement into ours; a failure that is not about roles is reported as for any client. */
export function describeAdminError(error: unknown, details: ErrorDetails = {}): SecretError {
  if (error instanceof SecretError) return error
  const isRace = error instanceof Error && IS_RACE.test(error.message)
  const code = codeOf(error) ?? ''
  const answer = isRace ? CONFLICT : ANSWERS.get(code)
  if (answer === undefined) return describeDatabaseError(error, details)
  return new SecretError(...answer, { ...details, reason: code })
}
