export const url = process.env.DATABASE_URL ?? 'postgres://postgres:postgres@localhost:5432/app'
