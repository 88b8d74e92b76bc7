export const url = process.env.DATABASE_URL ?? 'postgres://localhost:5432/app'
