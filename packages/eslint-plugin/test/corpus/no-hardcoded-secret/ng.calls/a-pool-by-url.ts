import pg from 'pg'

export const pool = new pg.Pool({ connectionString: 'postgres://app:secret@db:5432/app' })
