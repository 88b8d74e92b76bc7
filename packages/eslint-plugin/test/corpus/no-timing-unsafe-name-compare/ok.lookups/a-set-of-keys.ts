const apiKeys = new Set((process.env.API_KEYS ?? '').split(','))

export const isKnown = (presented: string) => apiKeys.has(presented)
