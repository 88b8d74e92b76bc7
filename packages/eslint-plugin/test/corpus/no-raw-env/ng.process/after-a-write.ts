process.env.PGPASSWORD ??= 'x'

export const password = process.env.PGPASSWORD
