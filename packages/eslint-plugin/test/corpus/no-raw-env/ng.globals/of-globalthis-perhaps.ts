const g = globalThis as { process?: { env?: Record<string, string | undefined> } }

export const debugToken = g.process?.env?.DEBUG_TOKEN
