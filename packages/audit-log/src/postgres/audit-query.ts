import { createSqlStatements } from '@rekey/secret/kind'

const about = (problem: string) => `the audit log in PostgreSQL: ${problem}`

/** Statements on the tables of an audit log. After `unreachable` in a commit, the entry may be in the log all the same. */
export const statements = createSqlStatements({
  known: {
    '42P01': [
      'missing',
      about('there are no tables: run the SQL of auditTablesSql as an administrator'),
    ],
    '42501': [
      'forbidden',
      about('the login may not use them: give it the role that auditTablesSql names'),
    ],
    '42883': [
      'missing',
      about(
        'its functions are not there: run rekey rights audit:ROLE, and its SQL as the owner of the tables, again',
      ),
    ],
    '23514': ['conflict', about('an entry does not follow the one before: verify the log')],
    '23505': ['conflict', about('another writer has appended past the lock: record it again')],
    '55P03': ['conflict', about('another writer has held the lock for a minute: record it again')],
  },
  otherwise: about('the database does not answer: check it, then try again'),
})
