import { createSqlStatements } from '@rekey/secret/internal/kind'

/** Statements on the tables of a log. */
export const statements = createSqlStatements({
  known: {
    '42P01': ['missing', 'the log has no tables: run the SQL of logTablesSql as an administrator'],
    '42501': ['forbidden', 'the login may not use the tables of the log: grant select and insert'],
    '23505': ['conflict', 'other writers of the log were faster for too long: append again'],
    '55P03': ['conflict', 'another writer has held the log for too long: append again'],
  },
  otherwise: 'the database of the log does not answer: check it, then try again',
})
