export const key = new TextEncoder().encode(process.env.AUTH_SECRET ?? 'development')
