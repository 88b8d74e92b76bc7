export const sessionToken = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)
