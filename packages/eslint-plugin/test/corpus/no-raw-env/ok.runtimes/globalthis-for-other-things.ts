const g = globalThis as unknown as { __pool?: object }

export const pool = (g.__pool ??= {})
globalThis.setTimeout(() => undefined, 1)
