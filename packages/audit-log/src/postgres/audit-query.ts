import { createSqlStatements } from '@rekey/secret/internal/kind'

const about = (problem: string) => `the audit log in PostgreSQL: ${problem}`

const LAY_OUT =
  'its tables are not there, or of an older release: run rekey rights audit:ROLE, and its SQL (auditTablesSql) as the owner of the tables'

/** Statements on the tables of an audit log. After `unreachable` in a commit, the entry may be in the log all the same. */
export const statements = createSqlStatements({
  known: {
    '42P01': ['missing', about(LAY_OUT)],
    '42883': ['missing', about(LAY_OUT)],
    '42501': [
      'forbidden',
      about('the login may not use them: give it the role that auditTablesSql names'),
    ],
    '23514': [
      'conflict',
      about('an entry does not follow the one before: record it again, and verify the log'),
    ],
    P0002: ['conflict', about('the stream is of another login: record it again')],
  },
  otherwise: about('the database does not answer: check it, then try again'),
})
