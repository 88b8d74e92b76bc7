const clients = new Map<string, { name: string }>()

export const clientOf = (apiKey: string) => clients.get(apiKey)
