export const options = { user: process.env.DB_USER ?? 'root', pass: process.env.DB_PASS ?? 'root' }
